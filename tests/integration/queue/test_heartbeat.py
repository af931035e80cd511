"""Claims that are held by a real process that renews them in a real database."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from judge.db.migrate import upgrade
from judge.db.models import Judging
from judge.db.session import Database
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Claim
from tests.support.content import add_problem, add_user, submit
from tests.support.databases import database_url_of
from tests.support.stack import wait_until
from worker.queue.heartbeat import Hold
from worker.queue.heartbeat_process import HeartbeatProcess

ROOT = Path(__file__).parents[3]
LEASE_S = 1.5


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url_of(tmp_path))
    upgrade(database)
    add_problem(database)
    yield database
    database.close()


@pytest.fixture
def beats(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeartbeatProcess]:
    monkeypatch.setenv("SHOUSI_DATABASE_URL", str(db.url))
    process = HeartbeatProcess()
    yield process
    process.stop()


def claimed(db: Database) -> Claim:
    sent = submit(db, add_user(db))
    claim = submissions.claim(db, sent.judging_id, worker="w", lease_s=LEASE_S, max_attempts=3)
    assert claim is not None
    return claim


def lease(db: Database, claim: Claim) -> float:
    with db.read() as session:
        until = session.get_one(Judging, claim.judging_id).lease_until
    assert until is not None
    return until


def renewed(db: Database, claim: Claim, times: int = 3) -> None:
    """Wait until the lease was renewed so often."""
    for _ in range(times):
        before = lease(db, claim)
        wait_until(lambda before=before: lease(db, claim) > before, "a renewal")  # type: ignore[misc]


def test_a_lease_is_renewed_while_it_is_held(db: Database, beats: HeartbeatProcess) -> None:
    claim = claimed(db)
    with Hold(beats.address, claim.lease, LEASE_S, lambda: None) as hold:
        renewed(db, claim)
        assert not hold.lost.is_set()


def test_a_claim_that_is_lost_is_told_once(db: Database, beats: HeartbeatProcess) -> None:
    claim, told = claimed(db), []
    with Hold(beats.address, claim.lease, LEASE_S, lambda: told.append(1)) as hold:
        renewed(db, claim, 1)
        assert submissions.release(db, claim, "taken away")
        assert hold.lost.wait(60)
        assert not hold.insist(lambda: True)
    assert told == [1]


def test_the_process_may_die(db: Database, beats: HeartbeatProcess) -> None:
    claim = claimed(db)
    with Hold(beats.address, claim.lease, LEASE_S, lambda: None) as hold:
        renewed(db, claim, 1)
        os.kill(beats.pid, signal.SIGKILL)
        renewed(db, claim)
        assert not hold.lost.is_set()


def test_a_claim_is_lost_when_nobody_listens(db: Database, tmp_path: Path) -> None:
    told = threading.Event()
    with Hold(tmp_path / "nobody", claimed(db).lease, LEASE_S, told.set) as hold:
        assert told.wait(60)
        assert hold.lost.is_set()


def test_work_that_hangs_loses_its_claim(
    db: Database, beats: HeartbeatProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.queue.heartbeat._SPARE_S", 0.0)
    with Hold(beats.address, claimed(db).lease, LEASE_S, lambda: None) as hold:
        hold.expect(0.0)
        assert hold.lost.wait(60)


# Keeps the interpreter's lock in one call, as a pattern that backtracks does.
KEEPER = """
import ctypes, json, sys, threading
from dataclasses import asdict
from pathlib import Path
from judge.leases import Lease
from worker.queue.heartbeat import Hold
lease = Lease(**json.loads(sys.argv[2]))
with Hold(Path(sys.argv[1]), lease, float(sys.argv[3]), lambda: None):
    print("held", flush=True)
    ctypes.PyDLL(None).sleep(600)
"""


@pytest.fixture
def keeper(db: Database, beats: HeartbeatProcess) -> Iterator[tuple[Claim, int]]:

    claim = claimed(db)
    arguments = [str(beats.address), json.dumps(asdict(claim.lease)), str(LEASE_S)]
    with subprocess.Popen(
        [sys.executable, "-c", KEEPER, *arguments], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield claim, process.pid
        process.kill()


def test_a_held_interpreter_stops_no_renewal(db: Database, keeper: tuple[Claim, int]) -> None:
    claim, _ = keeper
    renewed(db, claim)
    submit(db, add_user(db, "somebody"))  # nor does it keep others from writing


def test_who_is_frozen_is_not_alive(db: Database, keeper: tuple[Claim, int]) -> None:
    claim, pid = keeper
    renewed(db, claim, 1)
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: bool(taken_back(db)), "the lease to run out")


def test_who_is_dead_is_not_alive(db: Database, keeper: tuple[Claim, int]) -> None:
    claim, pid = keeper
    renewed(db, claim, 1)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: bool(taken_back(db)), "the lease to run out")


def taken_back(db: Database) -> list[str]:
    found = submissions.requeue_stale(db, max_attempts=3, stale_s=600, stale_per_queued_s=0)
    return [each.judging_id for each in found]
