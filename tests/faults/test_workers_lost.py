"""Workers that die, freeze or are stopped: nothing is lost, nothing is judged twice."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from judge.queue import enqueue
from judge.states import Purpose
from judge.verdict import Verdict
from tests.support.content import events_of, kinds
from tests.support.databases import database_url_of
from tests.support.freezing import freeze, thaw
from tests.support.stack import Stack, running_stack, wait_until


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path, database_url_of(tmp_path)) as running:
        yield running


def reasons(stack: Stack, submission_id: str) -> list[str]:
    events = events_of(stack.db, submission_id)
    return [event.data["reason"] for event in events if event.kind == "requeued"]


def begun(stack: Stack, judging_id: str, times: int = 1) -> list[int]:
    """The processes that began to judge, once there are so many."""
    wait_until(lambda: len(stack.starts(judging_id)) >= times, "the judging to begin")
    return stack.starts(judging_id)


def is_locked(stack: Stack) -> bool:
    """Whether somebody writes to the SQLite file."""
    with closing(sqlite3.connect(str(stack.db.url.database), timeout=0.5)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def locks_of_postgres(stack: Stack) -> int:
    """How many transactions of others have changed or locked rows."""
    writing = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL"
    )
    with stack.db.read() as session:
        return int(session.execute(writing).scalar_one())


def freeze_between_writes(stack: Stack, *processes: int) -> None:
    """Stop the processes between their writes: a process that is frozen during a write keeps its
    locks and blocks all others, which has nothing to do with leases.
    """
    for _ in range(100):
        freeze(*processes)
        if not (locks_of_postgres(stack) if stack.db.is_postgres else is_locked(stack)):
            return
        thaw(*processes)
    raise AssertionError("the worker was never between two writes")


def test_a_worker_killed_while_judging(stack: Stack) -> None:
    first = stack.start_worker()
    sent = stack.submit("sleep:2")
    begun(stack, sent.judging_id)
    first.kill()
    first.wait()
    stack.start_worker()
    view = stack.done(sent.id)
    assert (view.verdict, view.attempt) == (Verdict.AC, 2)
    assert reasons(stack, sent.id) == ["the worker was lost"]
    assert kinds(stack.db, sent.id).count("done") == 1


def test_a_child_killed_while_judging_is_noticed_at_once(stack: Stack) -> None:
    stack.start_worker()
    sent = stack.submit("sleep:2")
    os.kill(begun(stack, sent.judging_id)[0], signal.SIGKILL)
    view = stack.done(sent.id)
    assert (view.verdict, view.attempt) == (Verdict.AC, 2)
    assert reasons(stack, sent.id) == ["the judging process died"]


def test_a_worker_frozen_past_its_lease_is_not_listened_to(stack: Stack) -> None:
    frozen = stack.start_worker()
    sent = stack.submit("sleep:1.5")
    child = begun(stack, sent.judging_id)[0]
    freeze_between_writes(stack, frozen.pid, child)
    stack.start_worker()
    view = stack.done(sent.id)
    thaw(child, frozen.pid)
    # The frozen child goes on where it was, and finds that its claim is gone.
    log = stack.settings.home / "worker-0.log"
    wait_until(
        lambda: "claim lost" in log.read_text() or "result discarded" in log.read_text(),
        "the frozen worker to notice",
    )
    assert (view.verdict, view.attempt) == (Verdict.AC, 2)
    assert stack.view(sent.id) == view
    assert kinds(stack.db, sent.id).count("done") == 1


def test_poison_ends_after_exactly_all_attempts(stack: Stack) -> None:
    stack.start_worker()
    poison = stack.submit("die")
    neighbours = [stack.submit() for _ in range(4)]
    for neighbour in neighbours:
        assert stack.done(neighbour.id).attempt == 1
    view = stack.done(poison.id)
    assert (view.verdict, view.attempt) == (Verdict.JE, stack.settings.max_attempts)
    assert len(stack.starts(poison.judging_id)) == stack.settings.max_attempts
    noticed = ["the judging process died"] * (stack.settings.max_attempts - 1)
    assert reasons(stack, poison.id) == noticed


def test_every_message_delivered_three_times(stack: Stack) -> None:
    sent = [stack.submit() for _ in range(20)]
    for _ in range(2):
        for each in sent:
            assert enqueue(stack.settings, each.judging_id, Purpose.SUBMISSION)
    stack.start_worker()
    for each in sent:
        assert stack.done(each.id).attempt == 1
    # The copies come after: this one's verdict says that they have been read.
    assert stack.done(stack.submit().id).verdict is Verdict.AC
    assert [len(stack.starts(each.judging_id)) for each in sent] == [1] * 20


def test_a_worker_told_to_stop_ends_what_it_began(stack: Stack) -> None:
    worker = stack.start_worker()
    sent = stack.submit("sleep:1.5")
    begun(stack, sent.judging_id)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    view = stack.view(sent.id)
    assert (view.state, view.verdict, view.attempt) == ("done", Verdict.AC, 1)


def test_a_child_told_to_stop_puts_back_what_it_holds(stack: Stack) -> None:
    worker = stack.start_worker()
    sent = stack.submit("sleep:3")
    os.kill(begun(stack, sent.judging_id)[0], signal.SIGTERM)
    view = stack.done(sent.id)
    assert (view.verdict, view.attempt) == (Verdict.AC, 1)
    assert reasons(stack, sent.id) == ["the worker shuts down"]
    assert worker.poll() is None


def test_a_worker_told_to_quit_puts_back_what_it_holds(stack: Stack) -> None:
    worker = stack.start_worker()
    sent = stack.submit("sleep:3")
    begun(stack, sent.judging_id)
    worker.send_signal(signal.SIGQUIT)
    worker.wait(60)
    assert reasons(stack, sent.id) == ["the worker shuts down"]
    stack.start_worker()
    view = stack.done(sent.id)
    assert (view.verdict, view.attempt) == (Verdict.AC, 1)


def test_submissions_whose_message_was_never_sent(stack: Stack) -> None:
    stack.start_worker()
    sent = [stack.store() for _ in range(10)]
    assert [stack.done(each.id).attempt for each in sent] == [1] * 10
