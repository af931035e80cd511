"""SIGKILL and SIGTERM for every process that `make run` starts: each comes back, nothing is lost.

The processes are found in /proc, so that a kind that is added later is killed too.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product

import httpx
import pytest
from sqlalchemy import select

from judge.db.models import Event
from judge.db.session import Database
from tests.chaos.load import RIGHT, WRONG, Work, send
from tests.chaos.tree import BROKER, JUDGING, WORKER, named_processes
from tests.support.databases import database_url_of
from tests.support.launched import Launched, Shared, only_problems, wait_gone
from tests.support.processes import kill, kinds_of_processes, may_run_a_submission
from tests.support.whole import is_whole

PATIENCE_S = 120.0
SEED = 20261
SUBMISSIONS = 60 if is_whole() else 30
KILLS = 12 if is_whole() else 6
# What a person, a service manager or a container's end sends first, and what comes if that is slow.
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("every_process")
    services = Shared(
        folder / "home",
        SHOUSI_DATABASE_URL=database_url_of(folder / "home"),
        SHOUSI_PROBLEMS=only_problems(folder / "problems", "maxsubarray"),
        SHOUSI_LEASE_S="3",
        SHOUSI_STALE_S="2",
        SHOUSI_MAX_ATTEMPTS="20",
    )
    yield services
    services.close()


@pytest.fixture
def launched(shared: Shared) -> Launched:
    """Each process comes back that a test kills, so that all tests may share them."""
    return shared.running()


def submit(http: httpx.Client, work: Work) -> str:
    """The id of a new submission; the service may be away for a moment."""
    return send(http, work, os.urandom(8).hex())


def verdict(http: httpx.Client, submission_id: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    seen = {"state": "not asked"}
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            seen = http.get(f"/submissions/{submission_id}", params={"wait": 5}).json()
            if seen.get("state") == "done":
                return str(seen["verdict"])
    raise AssertionError(f"no verdict after {PATIENCE_S} s: {seen}")


def ends(launched: Launched) -> Counter[str]:
    """How many verdicts each submission got."""
    with closing(Database(launched.env["SHOUSI_DATABASE_URL"])) as db, db.read() as session:
        return Counter(session.scalars(select(Event.submission_id).where(Event.kind == "done")))


@pytest.mark.timeout(900)
def test_each_process_one_after_the_other(launched: Launched) -> None:
    with launched.admin() as http:
        assert verdict(http, submit(http, RIGHT)) == "AC"
        kinds = kinds_of_processes(launched)
        assert len(kinds) >= 6, kinds
        # `make chaos` has faults that need these.
        assert {WORKER, JUDGING, BROKER} <= named_processes(launched).keys(), kinds
        sent: dict[str, str] = {}
        for kind, how in product(sorted(kinds), SIGNALS):
            waiting = [submit(http, RIGHT) for _ in range(2)]
            victims = kinds_of_processes(launched).get(kind, [])
            for victim in victims[:1]:
                kill(victim, how)
            waiting.append(submit(http, WRONG))
            got = [verdict(http, one) for one in waiting]
            wrong = [pair for pair in zip(got, ["AC", "AC", "WA"], strict=True) if len({*pair}) > 1]
            assert len(wrong) <= may_run_a_submission(kind), f"{got} after {how.name} for {kind}"
            assert {verdict for verdict, _ in wrong} <= {"RTE"}, f"after {how.name} for {kind}"
            sent.update(zip(waiting, got, strict=True))
        counted = ends(launched)
        assert {one: counted[one] for one in sent} == dict.fromkeys(sent, 1)
    assert launched.process.poll() is None


@pytest.mark.timeout(900)
def test_processes_at_random_under_load(launched: Launched) -> None:
    chance = random.Random(SEED)
    wanted: dict[str, str] = {}
    own_deaths = 0
    with launched.admin() as http:
        for number in range(SUBMISSIONS):
            work = RIGHT if number % 5 else WRONG
            wanted[submit(http, work)] = work.wanted
            if number % (SUBMISSIONS // KILLS) == 0:
                kinds = kinds_of_processes(launched)
                kind = chance.choice(sorted(kinds))
                own_deaths += may_run_a_submission(kind)
                kill(chance.choice(kinds[kind]), chance.choice(SIGNALS))
        got = {one: verdict(http, one) for one in wanted}
        wrong = [got[one] for one in wanted if got[one] != wanted[one]]
        assert set(wrong) <= {"RTE"}
        assert len(wrong) <= own_deaths
        counted = ends(launched)
        assert {one: counted[one] for one in wanted} == dict.fromkeys(wanted, 1)


@pytest.mark.timeout(300)
def test_the_launcher_itself(shared: Shared, launched: Launched) -> None:
    with launched.admin() as http:
        sent = [submit(http, RIGHT) for _ in range(6)]
    family = launched.family()
    launched.kill()
    wait_gone(family)
    again = shared.running()
    assert again is not launched
    with again.admin() as http:
        assert {verdict(http, one) for one in sent} == {"AC"}
    assert {ends(again)[one] for one in sent} == {1}
