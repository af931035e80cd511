"""A real worker and a batch: people's submissions go first, and the batch is still finished."""

from pathlib import Path

from judge.queue import enqueue_all
from judge.submissions import by_hand
from judge.submissions.batches import BatchView, Source, read_batch, send_batch
from judge.verdict import Verdict
from tests.support.content import add_user
from tests.support.databases import database_url_of
from tests.support.stack import Stack, running_stack, wait_until


def send(stack: Stack, *sources: str) -> str:
    id_, made = send_batch(
        stack.db, add_user(stack.db, "bot"), "sum", [Source("python3", one) for one in sources]
    )
    enqueue_all(stack.settings, [(one.judging_id, one.purpose, one.requires) for one in made])
    return id_


def view(stack: Stack, id_: str) -> BatchView:
    found = read_batch(stack.db, id_)
    assert found is not None
    return found


def test_a_person_never_waits_for_a_batch(tmp_path: Path) -> None:
    with running_stack(tmp_path, database_url_of(tmp_path), workers=1) as stack:
        stack.start_worker()
        # It holds all that a batch may hold for longer than the test takes.
        id_ = send(stack, "sleep:600", "wa")
        wait_until(
            lambda: any(one.state == "judging" for _, one in view(stack, id_).items), "the batch"
        )
        for _ in range(3):
            assert stack.done(stack.submit().id).verdict is Verdict.AC
        assert view(stack, id_).num_done == 0
        boss = add_user(stack.db, "boss")
        for _, one in view(stack, id_).items:
            by_hand.cancel(stack.db, one.id, by=boss)


def test_a_batch_is_judged_to_its_end(tmp_path: Path) -> None:
    with running_stack(tmp_path, database_url_of(tmp_path)) as stack:
        stack.start_worker()
        id_ = send(stack, *["", "wa"] * 5)
        wait_until(lambda: view(stack, id_).num_done == 10, "the batch")
        assert [one.verdict for _, one in view(stack, id_).items] == [Verdict.AC, Verdict.WA] * 5
