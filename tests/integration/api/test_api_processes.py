"""Several processes of the API on one port: `shousi api`."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cli.launcher.broker import EmbeddedValkey
from judge.proc_stat import PARENT, stat_fields
from tests.integration.api.service import Account, Service, prepared
from tests.support.databases import settings_of
from tests.support.freezing import freeze, thaw
from tests.support.launched import SHOUSI, free_port
from tests.support.stack import ROOT, wait_until

COUNTED = "shousi_http_requests_total"


class Processes:
    """The launcher, and the processes of the API that it keeps running."""

    def __init__(self, launcher: subprocess.Popen[bytes], service: Service) -> None:
        self.launcher = launcher
        self.service = service

    def pids(self) -> list[int]:
        """The current processes."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended while we looked
                parent = int(stat_fields((entry / "stat").read_text())[PARENT])
                if parent == self.launcher.pid:
                    found.append(int(entry.name))
        return sorted(found)

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.service.url}/readyz", timeout=60).status_code == 200
        return False

    @contextmanager
    def only(self, pid: int) -> Iterator[None]:
        """In the block only this process answers, because the others are stopped."""
        others = [one for one in self.pids() if one != pid]
        try:
            freeze(*others)
            yield
        finally:
            thaw(*others)

    def fresh(self, account: Account) -> httpx.Client:
        """A client without a connection yet: any process may accept it."""
        return httpx.Client(
            base_url=account.http.base_url, headers=account.http.headers, timeout=40, verify=False
        )


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    home: Path = tmp_path_factory.mktemp("processes")
    settings = settings_of(home, port=free_port(), api_processes=2)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SHOUSI_HOME": str(home),
        "SHOUSI_DATABASE_URL": settings.database_url,
        "SHOUSI_PORT": str(settings.port),
        "SHOUSI_API_PROCESSES": "2",
        "SHOUSI_LIMIT_SUBMIT": "4/hour",
        "SHOUSI_LOG_LEVEL": "warning",
    }
    with EmbeddedValkey(home):
        prepared(settings)
        service = Service(settings, f"http://127.0.0.1:{settings.port}")
        launcher = subprocess.Popen([*SHOUSI, "api"], cwd=ROOT, env=environment)
        started = Processes(launcher, service)
        try:
            wait_until(started.answers, "the API")
            yield started
        finally:
            launcher.terminate()
            launcher.wait(60)
            service.close()


def each_answers(processes: Processes) -> None:
    """Wait until both processes serve."""
    wait_until(lambda: len(processes.pids()) == 2, "two processes")
    for pid in processes.pids():
        with processes.only(pid):
            wait_until(processes.answers, "one of them")


def test_a_limit_counts_what_comes_to_all_of_them(processes: Processes) -> None:
    each_answers(processes)
    ada = processes.service.account()
    seen: list[int] = []
    for pid in processes.pids() * 3:
        body = {"language": "python3", "source": f"# {len(seen)}\n"}
        with processes.only(pid), processes.fresh(ada) as http:
            seen.append(http.post("/problems/maxsubarray/submissions", json=body).status_code)
    assert seen == [202] * 4 + [429] * 2


def test_each_is_woken_by_a_verdict_that_another_process_writes(processes: Processes) -> None:
    each_answers(processes)
    ada = processes.service.account()
    for pid in processes.pids():
        with (
            processes.only(pid),
            processes.fresh(ada) as http,
            processes.fresh(ada) as other,
            ThreadPoolExecutor(1) as pool,
        ):
            body = {"language": "python3", "source": f"# {pid}\n"}
            id_ = http.post("/problems/maxsubarray/submissions", json=body).json()["id"]
            waiting = pool.submit(other.get, f"/submissions/{id_}", params={"wait": 30})
            processes.service.judge(id_)
            assert waiting.result().json()["verdict"] == "AC"


def test_each_tells_what_all_have_counted_also_after_one_was_killed(processes: Processes) -> None:
    each_answers(processes)
    slug = "no-such-problem"

    def counted() -> float:
        text = httpx.get(f"{processes.service.url}/metrics", timeout=60).text
        wanted = {"method": "GET", "route": "/api/v1/problems/{slug}", "status": "404"}
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == COUNTED and sample.labels == wanted
        )

    first, second = processes.pids()
    for number, pid in enumerate((first, second), start=1):
        with processes.only(pid):
            assert (
                httpx.get(f"{processes.service.url}/api/v1/problems/{slug}", timeout=60).status_code
                == 404
            )
            assert counted() == number
    os.kill(first, signal.SIGKILL)
    # No request is refused meanwhile.
    assert processes.answers()
    wait_until(lambda: first not in processes.pids(), "the end of one")
    each_answers(processes)
    for pid in processes.pids():
        with processes.only(pid):
            assert counted() == 2


def test_a_port_that_is_taken_is_an_error_of_one_line(processes: Processes) -> None:
    settings = processes.service.settings
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SHOUSI_HOME": str(settings.home),
        "SHOUSI_DATABASE_URL": settings.database_url,
        "SHOUSI_PORT": str(settings.port),
    }
    second = subprocess.run(
        [*SHOUSI, "api"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"Port {settings.port} is taken" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_told_to_stop_all_of_them_end(processes: Processes) -> None:
    pids = processes.pids()
    processes.launcher.terminate()
    assert processes.launcher.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not processes.answers()
