"""Real workers that an admin holds back: none loses the work that it holds, and others continue."""

from pathlib import Path

import pytest

from judge import operating
from judge.monitoring import BusyWorker, read_workers
from judge.submissions import by_hand
from judge.verdict import Verdict
from tests.support.content import add_user, kinds
from tests.support.databases import database_url_of
from tests.support.stack import Stack, running_stack, wait_until


def worker_of(stack: Stack, pid: int) -> BusyWorker:
    wait_until(lambda: pid in {one.pid for one in read_workers(stack.db)}, "the worker")
    return next(one for one in read_workers(stack.db) if one.pid == pid)


def test_held_back_and_let_go_on(tmp_path: Path) -> None:
    with running_stack(tmp_path, database_url_of(tmp_path)) as stack:
        boss = add_user(stack.db, "boss")
        first = stack.start_worker()
        begun = stack.submit("sleep:1")
        wait_until(lambda: stack.view(begun.id).state == "judging", "the judging to begin")
        operating.pause(stack.db, by=boss, reason="")
        waiting = [stack.submit() for _ in range(5)]
        # Running work is finished, and nothing else begins, although a process is free.
        assert stack.done(begun.id).verdict is Verdict.AC
        assert [stack.view(one.id).state for one in waiting] == ["queued"] * 5
        operating.resume(stack.db, by=boss)
        for one in waiting:
            assert stack.done(one.id).attempt == 1

        # Drained, it ends what it has begun, and a second one takes the rest.
        long = stack.submit("sleep:1")
        wait_until(lambda: stack.view(long.id).state == "judging", "the judging to begin")
        drained = worker_of(stack, first.pid).id
        operating.drain(stack.db, drained, by=boss, drained=True)
        more = [stack.submit() for _ in range(5)]
        wait_until(lambda: worker_of(stack, first.pid).drained, "it to be drained")
        assert stack.view(long.id).verdict is Verdict.AC
        assert [stack.view(one.id).state for one in more] == ["queued"] * 5
        second = stack.start_worker()
        for one in more:
            assert stack.done(one.id).attempt == 1
        assert worker_of(stack, first.pid).drained
        assert not worker_of(stack, second.pid).drained
        # Told to stop, it ends at once, though its processes hold messages.
        first.terminate()
        assert first.wait(30) == 0


@pytest.mark.parametrize("how", ["retry", "cancel"])
def test_what_is_taken_from_a_worker_stops_there(tmp_path: Path, how: str) -> None:
    with running_stack(tmp_path, database_url_of(tmp_path), lease_s=3.0) as stack:
        boss = add_user(stack.db, "boss")
        stack.start_worker()
        sent = stack.submit("sleep:30")
        wait_until(lambda: len(stack.starts(sent.judging_id)) == 1, "the judging to begin")
        if how == "cancel":
            by_hand.cancel(stack.db, sent.id, by=boss)
            assert stack.view(sent.id).verdict is Verdict.JE
        else:
            by_hand.retry(stack.db, sent.id, by=boss)
            wait_until(lambda: len(stack.starts(sent.judging_id)) == 2, "it to begin again")
            by_hand.cancel(stack.db, sent.id, by=boss)
        log = stack.settings.home / "worker-0.log"
        wait_until(lambda: "claim lost" in log.read_text(), "the worker to notice")
        # It is free for others.
        assert stack.done(stack.submit().id).verdict is Verdict.AC
        assert kinds(stack.db, sent.id).count("done") == 1
