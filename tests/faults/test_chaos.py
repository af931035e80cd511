"""Everything at once: submissions while workers and broker die at random.

In the end nothing is lost, nothing has two verdicts, and each has the right one. Two controls
show that the check can fail: without a reconciler submissions are lost, and a worker that writes
without its token leaves two verdicts.
"""

import os
import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from judge.db.models import Event, Judging, Submission
from judge.db.session import Database
from judge.states import State
from judge.submissions.transitions import end
from judge.verdict import Verdict
from tests.support.content import run_lease_out, sure_claim, verdict
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack, running_stack, wait_until
from tests.support.whole import is_whole

SUBMISSIONS = 300 if is_whole() else 120
FAULTS = 25 if is_whole() else 10
LEASE_S = 1.5
SEED = 20241
# So many attempts that chance doesn't use up those of an ordinary submission.
ATTEMPTS = 8


def complaints(db: Database, expected: dict[str, Verdict]) -> list[str]:
    """Return what is wrong with the database after all work is finished."""
    with db.read() as session:
        query = select(Submission.id, Judging).join(Judging, Judging.id == Submission.judging_id)
        rows = dict(iter(session.execute(query)))
        ends = Counter(session.scalars(select(Event.submission_id).where(Event.kind == "done")))
    found = []
    for id, wanted in expected.items():
        if id not in rows or rows[id].state != State.DONE:
            found.append(f"lost {id}")
        elif rows[id].verdict != wanted:
            found.append(f"{rows[id].verdict} instead of {wanted} for {id}")
        if ends[id] > 1:
            found.append(f"{ends[id]} verdicts for {id}")
    return found


class Chaos:
    """Faults in an order drawn with a seed, each as often as the others; each leaves the stack able
    to go on."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack = stack
        self._random = random.Random(seed)
        self._thaws: list[threading.Timer] = []
        self.done: Counter[str] = Counter()
        self._coming: list[Callable[[], None]] = []

    def strike(self) -> None:
        """One fault."""
        if not self._coming:
            self._coming = [
                self.kill_a_main_process,
                self.kill_a_child,
                self.stop_a_worker,
                self.freeze_a_child,
                self.wipe_the_broker,
            ]
            self._random.shuffle(self._coming)
        fault = self._coming.pop()
        fault()
        self.done[fault.__name__] += 1

    def kill_a_main_process(self) -> None:
        index = self._random.randrange(len(self._stack.workers))
        self._stack.workers[index].kill()
        self._replace(index)

    def stop_a_worker(self) -> None:
        index = self._random.randrange(len(self._stack.workers))
        self._stack.workers[index].send_signal(signal.SIGTERM)
        self._replace(index)

    def kill_a_child(self) -> None:
        for child in self._some_child():
            _signal(child, signal.SIGKILL)

    def freeze_a_child(self) -> None:
        # A thread thaws it: on SQLite it may hold the lock that everybody else waits for.
        for child in self._some_child():
            _signal(child, signal.SIGSTOP)
            thaw = threading.Timer(2 * LEASE_S, _signal, (child, signal.SIGCONT))
            thaw.start()
            self._thaws.append(thaw)

    def wipe_the_broker(self) -> None:
        broker = self._stack.broker
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        broker.stop()
        shutil.rmtree(broker.folder / "appendonlydir")
        broker.start_and_wait()

    def end(self) -> None:
        """Returns once nobody is frozen."""
        for thaw in self._thaws:
            thaw.join()

    def _replace(self, index: int) -> None:
        old = self._stack.workers.pop(index)
        self._stack.start_worker()
        self._stack.retired.append(old)

    def _some_child(self) -> list[int]:
        """One child that judges or waits to, if its worker has any by now."""
        main = self._random.choice(self._stack.workers).pid
        try:
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        except OSError:  # it is gone
            children = []
        return [int(self._random.choice(children))] if children else []


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has died of something else meanwhile


@contextmanager
def chaotic_stack(home: Path, url: str) -> Iterator[Stack]:
    with running_stack(home, url, lease_s=LEASE_S, max_attempts=ATTEMPTS, stale_s=1.0) as stack:
        yield stack


def submit_under_chaos(stack: Stack, chaos: Chaos) -> dict[str, Verdict]:
    """Every submission's id and the verdict that it must get."""
    expected: dict[str, Verdict] = {}
    for number in range(1, SUBMISSIONS + 1):
        if number % 101 == 0:
            expected[stack.submit("die").id] = Verdict.JE
        elif number % 97 == 0:
            expected[stack.store("wa").id] = Verdict.WA  # as if the API died before sending
        else:
            expected[stack.submit("sleep:0.02").id] = Verdict.AC
        if number % (SUBMISSIONS // FAULTS) == 0:
            chaos.strike()
            # There is a pause between faults, so that each one has something to break.
            done = number // 2
            wait_until(partial(_are_done, stack, done), f"{done} verdicts", 150)
    return expected


def _are_done(stack: Stack, number: int) -> bool:
    return count_done(stack) >= number


def count_done(stack: Stack) -> int:
    with stack.db.read() as session:
        states = session.scalars(select(Judging.state)).all()
    return states.count(State.DONE)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_chaos(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    if kind == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    with chaotic_stack(tmp_path, url) as stack:
        stack.start_worker()
        stack.start_worker()
        chaos = Chaos(stack, SEED)
        expected = submit_under_chaos(stack, chaos)
        chaos.end()
        wait_until(lambda: count_done(stack) == SUBMISSIONS, "all verdicts", 300)
        assert chaos.done.total() == FAULTS
        assert len(chaos.done) == 5, chaos.done
        assert complaints(stack.db, expected) == []


def test_control_without_a_reconciler_submissions_are_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    with running_stack(tmp_path, url, reconcile_s=1e6) as stack:
        first = stack.submit()
        Chaos(stack, SEED).wipe_the_broker()
        stack.start_worker()
        later = stack.submit()
        # One message for two: it serves the one whose turn it is, and the other stays behind.
        stack.done(first.id)
        expected = {first.id: Verdict.AC, later.id: Verdict.AC}
        assert complaints(stack.db, expected) == [f"lost {later.id}"]


def test_control_without_fencing_a_late_worker_is_listened_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    with running_stack(tmp_path, url) as stack:
        sent = stack.store()
        sure_claim(stack.db, sent.judging_id)
        run_lease_out(stack.db, sent.judging_id)
        stack.start_worker()
        stack.done(sent.id)
        assert complaints(stack.db, {sent.id: Verdict.AC}) == []
        # What the late worker would do if nobody asked for its token.
        with stack.db.write() as session:
            end(stack.db, session, session.get_one(Judging, sent.judging_id), verdict(Verdict.WA))
        assert complaints(stack.db, {sent.id: Verdict.AC}) == [
            f"WA instead of AC for {sent.id}",
            f"2 verdicts for {sent.id}",
        ]
