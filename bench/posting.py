"""`python -m bench.posting [ROUNDS]`: how many submissions per second one API process accepts.

Each round starts the API, with the embedded Valkey and no worker, on an empty SQLite file and then
on a PostgreSQL server that syncs each commit. With PostgreSQL, SHOUSI_BROKER_URL is set, as in
compose, so that the broker counts the rate limits. A second process sends (`bench.load`) and shares
this machine's cores, so rates depend on other load; the API's CPU time for a POST doesn't.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.service import free_port
from cli.launcher.broker import EmbeddedValkey
from judge.accounts import users
from judge.db import models
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.problem_package.load import load
from judge.problems.publish import publish
from judge.proc_stat import SYSTEM_TICKS, USER_TICKS, stat_fields
from judge.settings import PROJECT, Settings
from tests.support.postgres import PostgresMissingError, PostgresServer

PROBLEM = "maxsubarray"
CONNECTIONS = 32
USERS = 40
WARM_UP_USERS, WARM_UP, PER_USER = 8, 10, 100
TICKS = os.sysconf("SC_CLK_TCK")
LIMITS = {
    "SHOUSI_LIMIT_SUBMIT": "100000/minute",
    "SHOUSI_LIMIT_SUBMIT_ADDRESS": "1000000/minute",
    "SHOUSI_MAX_PENDING": "100000",
}


@dataclass(frozen=True)
class Round:
    """The results of one round; CPU times are per submission."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    client_cpu_ms: float


@contextmanager
def api(settings: Settings, *, name_broker: bool) -> Iterator[int]:
    """Run an API process with `settings`; yield its process id once it answers."""
    env = {
        **os.environ,
        **LIMITS,
        "SHOUSI_HOME": str(settings.home),
        "SHOUSI_DATABASE_URL": settings.database_url,
        "SHOUSI_PORT": str(settings.port),
        "SHOUSI_LOG_LEVEL": "warning",
        **({"SHOUSI_BROKER_URL": settings.broker_url} if name_broker else {}),
    }
    process = subprocess.Popen([sys.executable, "-m", "api"], env=env, cwd=PROJECT)
    try:
        while not answers(settings.port):
            assert process.poll() is None, "the API ended"
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False


def prepare(url: str) -> list[str]:
    """Make the tables, a problem and users; return the users' tokens."""
    db = Database(url)
    upgrade(db)
    publish(db, load(PROJECT / "problems" / PROBLEM))
    tokens = []
    for number in range(WARM_UP_USERS + USERS):
        user = users.create_admin(db, f"user{number}")
        with db.write() as session:
            session.get_one(models.User, user.id).role = "user"
        tokens.append(users.issue_token(db, user.id)[0])
    db.close()
    return tokens


def send(port: int, tokens: list[str], per_user: int) -> dict[str, Any]:
    """Send submissions from a client process and return its results (`bench.load`)."""
    words = [str(port), PROBLEM, str(CONNECTIONS), str(per_user)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *words],
        input="\n".join(tokens),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = stat_fields(Path(f"/proc/{pid}/stat").read_text())
    return (int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])) / TICKS


def measure(folder: Path, url: str, *, name_broker: bool) -> Round:
    """Measure one round on an empty database at `url`."""
    settings = Settings(home=folder, database_url=url, port=free_port())
    tokens = prepare(url)
    with EmbeddedValkey(folder), api(settings, name_broker=name_broker) as pid:
        send(settings.port, tokens[:WARM_UP_USERS], WARM_UP)
        before = cpu_s(pid)
        seen = send(settings.port, tokens[WARM_UP_USERS:], PER_USER)
        used = cpu_s(pid) - before
    latencies = seen["latencies_ms"]
    assert seen["statuses"] == {"202": len(latencies)}, seen["statuses"]
    percentiles = statistics.quantiles(latencies, n=100)
    return Round(
        per_s=len(latencies) / seen["seconds"],
        p50_ms=percentiles[49],
        p99_ms=percentiles[98],
        cpu_ms=used / len(latencies) * 1e3,
        client_cpu_ms=seen["cpu_s"] / len(latencies) * 1e3,
    )


def show(name: str, rounds: list[Round]) -> None:
    """Print the medians over the rounds."""
    middle = [
        statistics.median(getattr(one, field) for one in rounds)
        for field in ("per_s", "p50_ms", "p99_ms", "cpu_ms", "client_cpu_ms")
    ]
    print("{:12}{:10.0f}{:12.1f}{:12.1f}{:15.2f}{:15.2f}".format(name, *middle), flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found: dict[str, list[Round]] = {"SQLite": [], "PostgreSQL": []}
    try:
        postgres = PostgresServer(durable=True)
        postgres.start()
    except PostgresMissingError as error:
        postgres = None
        print(f"left out: PostgreSQL: {error}")
    print(f"{CONNECTIONS} connections, {USERS} users, {USERS * PER_USER} submissions a round")
    print(f"goal: 400 POST/s, p99 200 ms; medians of {count} rounds\n")
    print(f"{'':12}{'POST/s':>10}{'p50 ms':>12}{'p99 ms':>12}{'API CPU ms':>15}{'client CPU':>15}")
    for _ in range(count):
        with tempfile.TemporaryDirectory(prefix="shousi-posting-") as folder:
            url = f"sqlite:///{folder}/db"
            found["SQLite"].append(measure(Path(folder), url, name_broker=False))
        if postgres is not None:
            with tempfile.TemporaryDirectory(prefix="shousi-posting-") as folder:
                url = postgres.new_database()
                found["PostgreSQL"].append(measure(Path(folder), url, name_broker=True))
    for name, rounds in found.items():
        if rounds:
            show(name, rounds)
    if postgres is not None:
        postgres.close()


if __name__ == "__main__":
    main()
