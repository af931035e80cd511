"""Workers on hosts of their own, one of which is cut off and comes back.

Each host is a network namespace with a home folder of its own: what a worker has of the service is
the database's address and the broker's, each with a password, the database encrypted.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from redis import Redis
from redis.exceptions import RedisError

from cli.launcher.broker import server_binary
from judge.accounts import users
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.workers import alive
from tests.support.certificates import make_certificate
from tests.support.content import add_problem, add_user, events_of, kinds
from tests.support.hosts import Host, Hosts, Link
from tests.support.postgres import PASSWORD, PostgresServer
from tests.support.stack import PATIENCE_S, ROOT, wait_until

WORD = "battery-staple"
QUICK = {
    "LEASE_S": "6",
    "STALE_S": "1",
    "RECONCILE_S": "0.2",
    "WORKERS": "2",
    "RETIME_AFTER_S": "0",
}


@dataclass
class WorkerHost:
    """A worker, the folder of its files, and the link that connects it."""

    process: subprocess.Popen[bytes]
    home: Path
    link: Link

    def began(self) -> list[str]:
        """The judgings that it began."""
        file = self.home / "starts"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    def log(self) -> str:
        return (self.home / "log").read_text()


class Farm:
    """Database, broker and API on one host, two workers on two more."""

    def __init__(self, folder: Path, hosts: Hosts, stopping: ExitStack) -> None:
        self._folder = folder
        self._stopping = stopping
        self._center = hosts.host("center")
        far = [hosts.host(f"far{number}") for number in (1, 2)]
        links = [Link(self._center, host, number) for number, host in enumerate(far, start=1)]
        addresses = ["127.0.0.1", *(link.address for link in links)]
        self._certificate = make_certificate(folder, *addresses)
        postgres = PostgresServer(remote=self._certificate)
        stopping.callback(postgres.close)
        with self._center:
            postgres.start()
            self._start_broker()
        local = postgres.new_database()
        self._name, self._port = local.partition("@/")[2].partition("?")[0], postgres.port
        # The test reads the rows over the socket, which knows no hosts.
        self.db = Database(local)
        stopping.callback(self.db.close)
        upgrade(self.db)
        add_problem(self.db)
        token, _ = users.issue_token(self.db, add_user(self.db), name="test", ttl_s=None)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._start("api", self._center, "127.0.0.1", "api")
        self.first, self.second = (
            self._start_worker(f"worker{number}", host, link)
            for number, (host, link) in enumerate(zip(far, links, strict=True), start=1)
        )

    def _start_broker(self) -> None:
        options = {
            "dir": str(self._folder),
            "bind": "*",
            "requirepass": WORD,
            "save": "",
            "unixsocket": str(self._folder / "valkey"),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with (self._folder / "valkey.log").open("wb") as log:
            broker = subprocess.Popen([str(server_binary()), *words], stdout=log, stderr=log)
        self._stopping.callback(_end, broker)
        with Redis(unix_socket_path=options["unixsocket"], password=WORD) as client:
            wait_until(lambda: _answers(client), "the broker to answer")

    def _start(self, name: str, host: Host, center: str, module: str) -> subprocess.Popen[bytes]:
        home = self._folder / name
        home.mkdir()
        trusted = f"sslmode=verify-full&sslrootcert={self._certificate.certificate}"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SHOUSI_HOME": str(home),
            "SHOUSI_DATABASE_URL": f"postgresql+psycopg://judge:{PASSWORD}"
            f"@{center}:{self._port}/{self._name}?{trusted}",
            "SHOUSI_BROKER_URL": f"redis://:{WORD}@{center}:6379/0",
            **{f"SHOUSI_{setting}": value for setting, value in QUICK.items()},
        }
        with host, (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._stopping.callback(_end, process)
        return process

    def _start_worker(self, name: str, host: Host, link: Link) -> WorkerHost:
        process = self._start(name, host, link.address, "tests.support.tiny_worker")
        return WorkerHost(process, self._folder / name, link)

    def submit(self, source: str) -> str:
        """The id of a submission that the API took."""
        body = {"language": "python3", "source": source}
        with self._center, httpx.Client(base_url="http://127.0.0.1:8000/api/v1") as client:
            answer = client.post("/problems/sum/submissions", json=body, headers=self._headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def seen(self, submission_id: str) -> dict[str, object]:
        """What the API says of it; it waits for the verdict."""
        with self._center, httpx.Client(base_url="http://127.0.0.1:8000/api/v1") as client:
            path = f"/submissions/{submission_id}?wait=30"
            seen: dict[str, object] = client.get(
                path, headers=self._headers, timeout=PATIENCE_S
            ).json()
        return seen

    def is_ready(self) -> bool:
        with self._center:
            try:
                return httpx.get("http://127.0.0.1:8000/readyz", timeout=60).status_code == 200
            except httpx.TransportError:
                return False


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Farm]:
    with Hosts() as hosts, ExitStack() as stopping:
        yield Farm(tmp_path, hosts, stopping)


def test_a_host_cut_off_while_judging(farm: Farm) -> None:
    wait_until(farm.is_ready, "the service to be ready")
    wait_until(lambda: len(alive(farm.db)) == 2, "both workers")
    sent = [farm.submit("sleep:3") for _ in range(4)]
    wait_until(lambda: bool(farm.first.began() and farm.second.began()), "both hosts to judge")
    farm.first.link.cut()
    seen = [farm.seen(each) for each in sent]
    assert [one["verdict"] for one in seen] == ["AC"] * 4
    # What the lost host held was judged by the other one, from its beginning.
    lost = farm.first.began()
    assert set(lost) <= set(farm.second.began())
    assert [kinds(farm.db, each).count("done") for each in sent] == [1] * 4
    requeued = [
        event.data["reason"]
        for each in sent
        for event in events_of(farm.db, each)
        if event.kind == "requeued"
    ]
    # It may have claimed one more that it had not begun.
    assert len(requeued) >= len(lost)
    assert set(requeued) == {"the worker was lost"}
    farm.first.link.join()
    wait_until(
        lambda: farm.first.log().count("claim lost") >= len(lost), "the lost host to give up"
    )
    # It was not restarted and gets no message: it finds the queue by itself.
    assert farm.first.process.poll() is None
    farm.second.process.send_signal(signal.SIGTERM)
    assert farm.second.process.wait(PATIENCE_S) == 0
    before = farm.first.began()
    again = farm.submit("pass")
    assert farm.seen(again)["verdict"] == "AC"
    assert len(farm.first.began()) == len(before) + 1
    assert [farm.seen(each) for each in sent] == seen
