"""`python -m bench.worker_cost [SUBMISSIONS] [--profile]`: the CPU time that a submission costs
besides its jails.

It measures on SQLite and on a PostgreSQL server that syncs each commit, with the embedded Valkey.
First the stages of a judging, called one after the other in this process: the cost of each here, in
the broker and in the database, and how much the tables grow. Then whole workers on SUBMISSIONS that
are already queued: one whose judge returns at once (`tests.support.tiny_worker`), and the real one
with its jails. Every submission has ten tests and is accepted. SQLite's work is part of the process
that does it. `--profile` prints cProfile's report on the stages instead.

The figures are CPU time, by the kernel's clock of each process. Other load makes them larger, since
it uses caches and the other thread of a core: compare only figures of one run.
"""

import argparse
import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg
from redis import Redis
from sqlalchemy import text

from bench.service import TESTS
from cli.launcher.broker import EmbeddedValkey
from judge.accounts import users
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.events import DONE, Publisher
from judge.limits import Usage
from judge.problem_package.load import load
from judge.problems.publish import publish
from judge.proc_stat import PARENT, USER_TICKS, stat_fields
from judge.queue import enqueue_all
from judge.result import JudgingResult, TestResult
from judge.settings import PROJECT, Settings
from judge.states import Purpose
from judge.submissions import lifecycle
from judge.submissions.fair_queue import Share
from judge.submissions.jobs import Bases
from judge.submissions.lifecycle import Progress, Submittal, Submitted
from judge.verdict import Verdict
from tests.support.postgres import PostgresMissingError, PostgresServer

PROBLEM, SOURCE = "maxsubarray", "kadane.py"
SUBMISSIONS, USERS, WARM_UP = 300, 20, 40
WORKERS = {"answers at once": "tests.support.tiny_worker", "real": "worker"}
T = TypeVar("T")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Place:
    """A database with a problem and users, and a broker."""

    settings: Settings
    db: Database
    broker: EmbeddedValkey
    user_ids: list[str]
    postmaster: int | None

    def store(self, count: int) -> list[Submitted]:
        """Store `count` submissions, of the users in turn, without sending messages."""
        source = (PROJECT / "problems" / PROBLEM / "submissions/accepted" / SOURCE).read_text()
        submittals = [
            Submittal(self.user_ids[number % USERS], PROBLEM, "python3", source, Purpose.SUBMISSION)
            for number in range(count)
        ]
        stored = lifecycle.submit_all(self.db, submittals)
        return [one for one in stored if isinstance(one, Submitted)]

    def servers(self) -> dict[str, float]:
        """Return the CPU seconds of broker and database so far."""
        assert self.broker.pid is not None
        found = {"broker": cpu_s(self.broker.pid)}
        if self.postmaster is not None:
            # The postmaster has the CPU time of the backends that have ended.
            found["database"] = cpu_of_children_s(self.postmaster) + sum(
                map(cpu_s, tree(self.postmaster))
            )
        return found


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process by the clock of clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:  # the process has just ended
        return 0.0


def cpu_of_children_s(pid: int) -> float:
    """Return the CPU seconds of a process's children that have ended."""
    fields = stat_fields(Path(f"/proc/{pid}/stat").read_text())
    return sum(map(int, fields[USER_TICKS + 2 : USER_TICKS + 4])) / TICKS


def tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from tree(int(child))


@contextmanager
def place(database_url: str, folder: Path) -> Iterator[Place]:
    """Set up a database with users and the problem's first ten tests, and a broker."""
    settings = Settings(home=folder, database_url=database_url)
    with EmbeddedValkey(folder) as broker:
        db = Database(database_url, announce=Publisher(settings.broker_url))
        upgrade(db)
        package = load(PROJECT / "problems" / PROBLEM)
        publish(db, replace(package, tests=package.tests[:TESTS]))
        user_ids = [users.create_admin(db, f"user{number}").id for number in range(USERS)]
        try:
            yield Place(settings, db, broker, user_ids, postmaster_of(db))
        finally:
            db.close()


def postmaster_of(db: Database) -> int | None:
    """Return the pid of PostgreSQL's main process; None on SQLite."""
    if not db.is_postgres:
        return None
    with psycopg.connect(db.url.set(drivername="postgresql").render_as_string()) as connection:
        backend = connection.info.backend_pid
        stat = Path(f"/proc/{backend}/stat").read_text()
    return int(stat_fields(stat)[PARENT])


@dataclass
class Costs:
    """For each stage, a list with each submission's CPU seconds in worker, broker and database."""

    place: Place
    spent: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def of(self, stage: str, action: Callable[[], T]) -> T:
        """Run `action`, record its CPU time under `stage`, and return its result."""
        before, begun = self.place.servers(), time.process_time()
        result = action()
        own = time.process_time() - begun
        after = self.place.servers()
        servers = {name: after[name] - before[name] for name in after}
        self.spent.setdefault(stage, []).append({"worker": own} | servers)
        return result


def results() -> dict[int, TestResult]:
    """Make the results of ten accepted tests, by index; two are samples."""
    usage = Usage(0.004, 0.006, 9 << 20)
    told = {}
    for index in range(1, TESTS + 1):
        told[index] = TestResult(f"{index:02}-test", index < 3, Verdict.AC, usage)
        if index < 3:
            given, answer = "[-2, 1, -3, 4, -1, 2, 1, -5, 4]", "6"
            told[index] = replace(
                told[index], input=given, expected=answer, output=answer, stderr=""
            )
    return told


def judge_here(place: Place, submitted: Iterable[Submitted], costs: Costs) -> None:
    """Run the stages of a judging as a worker's child does, and record their costs."""
    settings, db, bases = place.settings, place.db, Bases()
    told, usage = results(), Usage(0.004, 0.006, 9 << 20)
    first = Progress(compiling=True, total=TESTS, results={1: told[1]})
    rest = Progress(total=TESTS, results={index: told[index] for index in range(2, TESTS + 1)})
    for one in submitted:
        hints = [(one.judging_id, Purpose.SUBMISSION, "")]
        costs.of("send the hint (the API)", partial(enqueue_all, settings, hints))
        claiming = partial(
            lifecycle.claim,
            db,
            one.judging_id,
            worker="bench/1",
            lease_s=settings.lease_s,
            max_attempts=settings.max_attempts,
            in_turn=True,
            share=Share("bench/", 2),
        )
        claim = costs.of("claim", claiming)
        assert claim is not None
        costs.of("load the job", partial(lifecycle.load_job, db, claim, bases))
        costs.of("record one test", partial(lifecycle.record, db, claim, first))
        verdict = JudgingResult(Verdict.AC, usage, 100.0)
        finishing = partial(lifecycle.finish, db, claim, verdict, rest)
        costs.of("finish with nine tests", finishing)


def show_stages(name: str, place: Place, count: int) -> None:
    judge_here(place, place.store(WARM_UP), Costs(place))
    costs, before = Costs(place), sizes(place.db)
    judge_here(place, place.store(count), costs)
    grown = {table: (size - before[table]) / count for table, size in sizes(place.db).items()}
    columns = ("worker", *place.servers())
    print(f"\n{name}, stages; ms of CPU, medians of {count} submissions")
    print(f"{'':34}" + "".join(f"{column:>12}" for column in columns))
    for stage, spent in costs.spent.items():
        show_row(stage, [statistics.median(one[column] for one in spent) for column in columns])
    print(f"\n{name}, bytes of each submission, with its indexes: {sum(grown.values()):.0f}")
    for table in sorted(grown, key=lambda table: -grown[table])[:6]:
        print(f"{table:34}{grown[table]:12.0f}")


def sizes(db: Database) -> dict[str, int]:
    """Return the bytes of each table with its indexes."""
    query = """SELECT relname, pg_total_relation_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
    if not db.is_postgres:
        query = """SELECT tbl_name, sum(pgsize) FROM dbstat
            JOIN sqlite_master USING (name) GROUP BY tbl_name"""
    with db.read() as session:
        return {table: int(size) for table, size in session.execute(text(query))}


def show_row(what: str, seconds: Iterable[float]) -> None:
    print(f"{what:34}" + "".join(f"{value * 1e3:12.2f}" for value in seconds), flush=True)


def show_profile(name: str, place: Place, count: int) -> None:
    judge_here(place, place.store(WARM_UP), Costs(place))
    waiting, profiler = place.store(count), cProfile.Profile()
    profiler.runcall(judge_here, place, waiting, Costs(place))
    print(f"\n{name}")
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)


@contextmanager
def worker(place: Place, module: str) -> Iterator[int]:
    """Start a worker, let it judge a few submissions, and yield its main process's pid."""
    settings = place.settings
    env = {
        **os.environ,
        "SHOUSI_HOME": str(settings.home),
        "SHOUSI_DATABASE_URL": settings.database_url,
        "SHOUSI_BROKER_URL": settings.broker_url,
        "SHOUSI_RUN_MUTANTS": "false",
        "SHOUSI_RETIME_AFTER_S": "0",
    }
    with (settings.home / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=PROJECT, env=env, stdout=log, stderr=log
        )
    try:
        judge_all(place, WARM_UP)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def judge_all(place: Place, count: int, begin: Callable[[], None] = lambda: None) -> None:
    """Send `count` submissions at once, and return when all are judged.

    `begin` is called when all are stored, before the first message is sent."""
    stored = place.store(count)
    with Redis.from_url(place.settings.broker_url) as redis, redis.pubsub() as hints:
        hints.subscribe(DONE)
        begin()
        enqueue_all(place.settings, [(one.judging_id, Purpose.SUBMISSION, "") for one in stored])
        left = {one.id.encode() for one in stored}
        for message in hints.listen():
            left.discard(message["data"])
            if not left:
                return


def processes(main_pid: int) -> Mapping[str, list[int]]:
    """Return the worker's processes by their task, without jails and fork servers."""
    found: dict[str, list[int]] = {
        "main": [main_pid], "children": [], "checkers": [], "heartbeat": []
    }  # fmt: skip
    for pid in children_of(main_pid):
        command = command_of(pid)
        if "heartbeat_process" in command:
            found["heartbeat"].append(pid)
        elif command == command_of(main_pid):
            found["children"].append(pid)
            found["checkers"] += children_of(pid)
    return found


def children_of(pid: int) -> list[int]:
    return [child for child in tree(pid) if child != pid and parent_of(child) == pid]


def parent_of(pid: int) -> int:
    return int(stat_fields(Path(f"/proc/{pid}/stat").read_text())[PARENT])


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def measure_worker(place: Place, module: str, count: int) -> dict[str, float]:
    """Run a worker; return the CPU seconds per submission, by kind of process."""
    with worker(place, module) as pid:
        kinds = processes(pid)

        def spent() -> dict[str, float]:
            own = {kind: sum(map(cpu_s, pids)) for kind, pids in kinds.items()}
            return own | place.servers()

        before: dict[str, float] = {}
        judge_all(place, count, begin=lambda: before.update(spent()))
        after = spent()
    return {kind: (after[kind] - before[kind]) / count for kind in after}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.worker_cost")
    parser.add_argument("submissions", nargs="?", type=int, default=SUBMISSIONS)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    try:
        postgres = PostgresServer(durable=True)
        postgres.start()
    except PostgresMissingError as error:
        postgres = None
        print(f"left out: PostgreSQL: {error}")
    try:
        for name in ("SQLite", *(["PostgreSQL"] if postgres else [])):
            with tempfile.TemporaryDirectory(prefix="shousi-worker-cost-") as folder:
                url = f"sqlite:///{folder}/db"
                if postgres is not None and name == "PostgreSQL":
                    url = postgres.new_database()
                with place(url, Path(folder)) as made:
                    if asked.profile:
                        show_profile(name, made, asked.submissions)
                        continue
                    show_stages(name, made, asked.submissions)
                    for kind, module in WORKERS.items():
                        costs = measure_worker(made, module, asked.submissions)
                        print(f"\n{name}, a worker ({kind}); ms of CPU for each submission")
                        print("".join(f"{column:>12}" for column in [*costs, "all"]))
                        every = [*costs.values(), sum(costs.values())]
                        print("".join(f"{value * 1e3:12.2f}" for value in every), flush=True)
    finally:
        if postgres is not None:
            postgres.close()


if __name__ == "__main__":
    main()
