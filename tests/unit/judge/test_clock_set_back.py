"""If the clock is set back, nothing waits until it reaches the old time again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge import background_jobs, leases, workers
from judge.background_jobs import ChoreKind, claim_next
from judge.db.models import Judging
from judge.db.session import Database
from judge.monitoring import read_workers
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    requeue_stale,
    submit,
    sure_claim,
)
from tests.support.migrated import write_database

YEAR_S = 365 * 86400.0


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    write_database(tmp_path / "db")
    database = Database(f"sqlite:///{tmp_path}/db", clock=clock)
    add_problem(database)
    yield database
    database.close()


def take_back(db: Database) -> frozenset[str]:
    return background_jobs.take_back(db, max_attempts=MAX_ATTEMPTS, stale_s=10.0)


def test_a_lost_worker_is_noticed(db: Database, clock: Clock) -> None:
    user = add_user(db)
    lost, held = (submit(db, user).judging_id for _ in range(2))
    sure_claim(db, lost, worker="dead")
    alive = sure_claim(db, held)
    with db.write() as session:
        background_jobs.add(db, session, ChoreKind.MUTANTS, "0" * 64)
    chore = claim_next(db, worker="dead", lease_s=LEASE_S, max_attempts=MAX_ATTEMPTS)
    assert chore is not None
    clock.now -= YEAR_S
    leases.bring_near(db, LEASE_S)
    assert requeue_stale(db) == []
    clock.now += LEASE_S / 2
    assert leases.renew(db, alive.lease, LEASE_S)
    clock.now += LEASE_S / 2 + 1
    assert requeue_stale(db) == [lost]
    take_back(db)
    assert not background_jobs.finish(db, chore)
    with db.read() as session:
        assert session.get_one(Judging, held).lease_until == clock.now - 1 + LEASE_S / 2


def test_a_dead_worker_is_not_taken_for_a_living_one(db: Database, clock: Clock) -> None:
    workers.register(db, id="dead", host="h", pid=1, languages=[], labels=["gpu"])
    clock.now -= YEAR_S
    workers.register(db, id="alive", host="h", pid=2, languages=[])
    assert [one.id for one in workers.alive(db)] == ["alive"]
    assert [one.id for one in read_workers(db, silent=True)] == ["alive"]
    with db.read() as session:
        assert workers.labels_alive(db, session) == [frozenset()]


@pytest.mark.parametrize("back_s", [600.0, 3600.0, 1.5 * 86400])
def test_a_worker_that_died_before_a_small_step_back_is_dead_a_minute_later(
    db: Database, clock: Clock, back_s: float
) -> None:
    for name in ("dead", "alive"):
        workers.register(db, id=name, host="h", pid=1, languages=[])
    clock.now -= back_s
    workers.bring_near(db)
    # Until it reports again, a living worker is taken for one.
    assert len(workers.alive(db)) == 2
    clock.now += workers.ALIVE_S - 1
    assert workers.seen(db, "alive")
    clock.now += 2
    workers.bring_near(db)
    assert [one.id for one in workers.alive(db)] == ["alive"]


def test_a_lost_message_is_sent_again(db: Database, clock: Clock) -> None:
    sent = submit(db, add_user(db))
    with db.write() as session:
        background_jobs.add(db, session, ChoreKind.MUTANTS, "0" * 64)
    clock.now -= YEAR_S
    assert requeue_stale(db) == [sent.judging_id]
    assert requeue_stale(db) == []
    assert take_back(db) == {""}
    assert take_back(db) == frozenset()
