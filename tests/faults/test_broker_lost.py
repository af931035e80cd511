"""A broker that loses its data, hangs or is down: the rows are enough to continue."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.queue import enqueue
from judge.states import Purpose
from judge.verdict import Verdict
from tests.support.databases import database_url_of
from tests.support.stack import Stack, running_stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path, database_url_of(tmp_path)) as running:
        yield running


def kill_broker_and_its_file(stack: Stack) -> None:
    assert stack.broker.pid is not None
    os.kill(stack.broker.pid, signal.SIGKILL)
    stack.broker.stop()
    shutil.rmtree(stack.broker.folder / "appendonlydir")


def test_a_broker_wiped_with_a_full_queue(stack: Stack) -> None:
    sent = [stack.submit() for _ in range(100)]
    kill_broker_and_its_file(stack)
    stack.broker.start_and_wait()
    stack.start_worker()
    views = [stack.done(each.id) for each in sent]
    assert {(view.verdict, view.attempt) for view in views} == {(Verdict.AC, 1)}


def test_a_broker_killed_while_judging(stack: Stack) -> None:
    worker = stack.start_worker()
    sent = [stack.submit("sleep:0.2") for _ in range(10)]
    stack.done(sent[0].id)
    kill_broker_and_its_file(stack)
    during = [stack.submit() for _ in range(5)]
    stack.broker.start_and_wait()
    assert {stack.done(each.id).verdict for each in [*sent, *during]} == {Verdict.AC}
    assert worker.poll() is None


def test_a_broker_away_for_moments_leaves_no_deaf_worker(stack: Stack) -> None:
    """Each time some acknowledgements fail; they must not count against the prefetch limit."""
    stack.start_worker()
    for _ in range(5):
        sent = [stack.submit("sleep:0.02") for _ in range(10)]
        stack.done(sent[0].id)
        kill_broker_and_its_file(stack)
        stack.broker.start_and_wait()
        assert {stack.done(each.id).verdict for each in sent} == {Verdict.AC}


@pytest.mark.timeout(120)
def test_a_broker_that_hangs_takes_nothing_and_holds_nobody_up(stack: Stack) -> None:
    worker = stack.start_worker()
    before = stack.submit()
    assert stack.done(before.id).verdict is Verdict.AC
    assert stack.broker.pid is not None
    os.kill(stack.broker.pid, signal.SIGSTOP)
    during = [stack.store() for _ in range(20)]
    sent = [enqueue(stack.settings, each.judging_id, Purpose.SUBMISSION) for each in during]
    assert sent == [False] * 20
    os.kill(stack.broker.pid, signal.SIGCONT)
    assert {stack.done(each.id).verdict for each in during} == {Verdict.AC}
    assert worker.poll() is None


def test_what_the_broker_kept_is_there_after_a_restart(stack: Stack) -> None:
    sent = [stack.submit() for _ in range(5)]
    stack.broker.stop()
    stack.broker.start_and_wait()
    stack.start_worker()
    assert {stack.done(each.id).attempt for each in sent} == {1}
