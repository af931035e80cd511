"""`python -m bench.stored_cost [NUMBER]`: what one judged submission costs database and broker.

Prints the CPU time and commits of PostgreSQL and the CPU time of Valkey, for submissions of 28
tests that a real worker claims, records and finishes without a jail. Each commit waits for the
disk. The benchmark's own query, once a second, is included. Real judging takes longer and therefore
writes more often: see `worker/queue/recording.py`.
"""

import sys
import tempfile
import time
from pathlib import Path

from redis import Redis
from sqlalchemy import func, select, text

from judge import blobs
from judge.db.models import Judging, StoredTest
from judge.db.session import Database
from judge.proc_stat import PARENT, USER_TICKS, stat_fields
from judge.states import State
from tests.support.content import TESTS
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack, running_stack

NUM_TESTS = 28


def postgres_cpu_s(db: Database) -> float:
    """Return the CPU seconds of all the server's processes, including ended ones."""
    with db.read() as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    ticks = 0
    postmaster = _stat(int(backend or 0))[PARENT]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = _stat(int(entry.name))
            except OSError:
                continue  # the process has just ended
            if entry.name == postmaster:
                # With its ended children.
                ticks += sum(map(int, fields[USER_TICKS : USER_TICKS + 4]))
            elif fields[PARENT] == postmaster:
                ticks += sum(map(int, fields[USER_TICKS : USER_TICKS + 2]))
    return ticks / 100


def _stat(pid: int) -> list[str]:
    return stat_fields(Path(f"/proc/{pid}/stat").read_text())


def commits(db: Database) -> int:
    with db.read() as session:
        query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        return int(session.scalar(text(query)) or 0)


def standing(db: Database) -> int:
    with db.read() as session:
        query = select(func.count()).where(Judging.state != State.DONE)
        return session.scalar(query) or 0


def add_tests(db: Database) -> None:
    """Add tests to the stored problem until it has `NUM_TESTS`."""
    with db.write() as session:
        for position in range(len(TESTS), NUM_TESTS):
            session.add(
                StoredTest(
                    version_id="sum-1",
                    position=position,
                    name=f"{position + 1:02}-hidden",
                    sample=False,
                    input_sha256=blobs.put(db, session, b"3 4\n").sha256,
                    answer_sha256=blobs.put(db, session, b"7\n").sha256,
                    hint={},
                )
            )


def measure(stack: Stack, number: int) -> str:
    add_tests(stack.db)
    stack.start_worker()
    stack.done(stack.submit().id)
    redis = Redis.from_url(stack.broker.url)

    def valkey_cpu_s() -> float:
        said = redis.info("cpu")
        return float(said["used_cpu_sys"]) + float(said["used_cpu_user"])

    time.sleep(2)  # PostgreSQL publishes its statistics up to a second late
    before = postgres_cpu_s(stack.db), commits(stack.db), valkey_cpu_s()
    begun = time.perf_counter()
    for _ in range(number):
        stack.submit()
    # Only once a second, because this query is counted, too.
    while standing(stack.db):
        time.sleep(1)
    took_s = time.perf_counter() - begun
    time.sleep(2)
    after = postgres_cpu_s(stack.db), commits(stack.db), valkey_cpu_s()
    postgres_s, commit, valkey_s = (b - a for a, b in zip(before, after, strict=True))
    return (
        f"{number} submissions of {NUM_TESTS} tests in {took_s:.1f} s; of each PostgreSQL "
        f"{postgres_s / number * 1e3:.1f} ms CPU and {commit / number:.1f} transactions, Valkey "
        f"{valkey_s / number * 1e3:.2f} ms CPU"
    )


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    server = PostgresServer(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            url = server.new_database()
            with running_stack(Path(home), url, reconcile_s=5.0, stale_s=60.0) as stack:
                print(measure(stack, number))
    finally:
        server.close()


if __name__ == "__main__":
    main()
