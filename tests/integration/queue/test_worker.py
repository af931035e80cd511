"""A real Celery worker on a real broker, with both databases."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from judge import workers
from judge.db.models import Judging
from judge.queue import enqueue
from judge.states import Purpose
from judge.verdict import Verdict
from tests.support.content import add_user, kinds
from tests.support.databases import database_url_of
from tests.support.stack import Stack, running_stack, wait_until


@pytest.fixture
def stack(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    with running_stack(tmp_path, database_url) as running:
        running.start_worker()
        yield running


def test_submissions_get_their_verdicts(stack: Stack) -> None:
    right, wrong = stack.submit(), stack.submit("wa")
    assert stack.done(right.id).verdict is Verdict.AC
    assert stack.done(wrong.id).verdict is Verdict.WA
    assert [test.name for test in stack.view(right.id).tests] == [
        "01-sample",
        "02-hidden",
        "03-hidden",
    ]
    expected = ["queued", "judging", "compiling", "test", "test", "test", "done"]
    assert kinds(stack.db, right.id) == expected


def test_the_worker_is_on_the_list_while_it_lives(stack: Stack) -> None:
    wait_until(lambda: any(each.available for each in workers.languages(stack.db)), "the survey")
    assert [worker.pid for worker in workers.alive(stack.db)] == [stack.workers[0].pid]
    available = [each.id for each in workers.languages(stack.db) if each.available]
    assert available == ["python3"]
    # It tells how runs came to their jails; the tiny judge runs nothing.
    told = {"waiting": 0, "made": 0, "failed": 0}
    wait_until(lambda: workers.alive(stack.db)[0].jails == told, "what it has counted")
    # It is on the list before it heeds signals, and heeds them once it judges.
    stack.done(stack.submit().id)
    stack.workers[0].send_signal(signal.SIGTERM)
    assert stack.workers[0].wait(30) == 0
    assert workers.alive(stack.db) == []


def test_a_fault_of_ours_is_tried_again_and_then_a_judge_error(stack: Stack) -> None:
    sent = stack.submit("broken")
    view = stack.done(sent.id)
    assert view.verdict is Verdict.JE
    assert view.message == "The judge failed 3 times: SandboxError: no jail"
    assert len(stack.starts(sent.judging_id)) == 3


def test_what_a_person_waits_for_goes_before_what_is_judged_again(tmp_path: Path) -> None:
    with running_stack(tmp_path, database_url_of(tmp_path), stale_s=600) as stack:
        # Long enough that whoever is kept waiting for the database lets no dozen of others pass.
        again = [stack.store("sleep:0.3") for _ in range(20)]
        with stack.db.write() as session:
            judged_again = {"purpose": Purpose.REJUDGE, "queue": Purpose.REJUDGE.queue}
            session.execute(update(Judging).values(judged_again))
        for each in again:
            enqueue(stack.settings, each.judging_id, Purpose.REJUDGE)
        awaited = stack.submit()
        stack.start_worker()
        for each in again:
            stack.done(each.id)
        order = (tmp_path / "starts").read_text().splitlines()
        place = [line.split()[0] for line in order].index(awaited.judging_id)
        # Each child, and what each has waiting, may have begun with the others.
        assert place <= 2 * (stack.settings.workers + 1)


def test_a_stranger_does_not_wait_for_one_who_sleeps(tmp_path: Path, database_url: str) -> None:
    with running_stack(tmp_path, database_url, lease_s=30) as stack:
        # For longer than the test waits for the other user.
        sleepers = [stack.submit("sleep:90") for _ in range(2 * stack.settings.workers)]
        stack.start_worker()

        def asleep() -> list[str]:
            return [each.id for each in sleepers if stack.view(each.id).state == "judging"]

        wait_until(lambda: len(asleep()) == stack.settings.workers, "sleepers at all but one")
        stranger = add_user(stack.db, "stranger")
        assert stack.done(stack.submit(user_id=stranger).id).verdict is Verdict.AC
        assert len(asleep()) == stack.settings.workers
        stack.workers[0].send_signal(signal.SIGQUIT)  # which waits for no sleeper
