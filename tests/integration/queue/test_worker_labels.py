"""Problems that require labels, and workers that have them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from judge import background_jobs, monitoring
from judge.background_jobs import ChoreClaim, ChoreKind
from judge.submissions import lifecycle as submissions
from judge.uploads import lifecycle as uploads
from judge.verdict import Verdict
from tests.support.content import add_problem, requeue_stale
from tests.support.stack import Stack, running_stack


@pytest.fixture
def stack(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    with running_stack(tmp_path, database_url) as running:
        add_problem(running.db, "ongpu", requires="gpu")
        yield running


def test_what_requires_a_label_waits_and_says_so_until_a_worker_comes(stack: Stack) -> None:
    stack.start_worker(labels="torch")
    waiting = stack.submit(slug="ongpu")
    # Sent later: its verdict says that the worker has had its chance.
    assert stack.done(stack.submit().id).verdict is Verdict.AC
    view = stack.view(waiting.id)
    assert (view.state, view.missing_labels, view.attempt) == ("queued", ("gpu",), 0)
    labelled, *_ = monitoring.read_queues(stack.db)
    assert (labelled.queue, labelled.queued) == ("interactive+gpu", 1)
    assert labelled.missing_labels == ("gpu",)
    stack.start_worker(labels="gpu,big")
    done = stack.done(waiting.id)
    assert (done.verdict, done.missing_labels) == (Verdict.AC, ())
    labels = {labels for each in monitoring.read_workers(stack.db) for labels in each.labels}
    assert labels == {"torch", "gpu", "big"}


def test_a_worker_with_labels_judges_what_requires_none_too(stack: Stack) -> None:
    stack.start_worker(labels="gpu")
    assert stack.done(stack.submit().id).verdict is Verdict.AC
    # Its message was never sent: the worker's own rounds find it.
    assert stack.done(stack.store(slug="ongpu").id).verdict is Verdict.AC


def test_no_messages_pile_up_where_nobody_listens(stack: Stack) -> None:
    sent = stack.store(slug="ongpu")
    # What a worker without the label looks for; one with it finds the same row.
    assert requeue_stale(stack.db, stale_s=-1) == []
    found = submissions.requeue_stale(
        stack.db,
        max_attempts=3,
        stale_s=-1,
        stale_per_queued_s=0,
        queues=["interactive+gpu", "interactive"],
    )
    assert [(each.judging_id, each.requires) for each in found] == [(sent.judging_id, "gpu")]
    with Redis.from_url(stack.broker.url) as redis:
        assert redis.keys("interactive*") == []


def test_a_rejudge_goes_to_the_workers_of_the_newest_version(stack: Stack) -> None:
    stack.start_worker()
    plain = stack.submit()
    stack.done(plain.id)
    add_problem(stack.db, version=2, requires="big")
    assert submissions.rejudge(stack.db, plain.id).requires == "big"
    assert stack.view(plain.id).missing_labels == ("big",)


def test_an_upload_is_passed_on_to_a_worker_that_has_what_it_needs(stack: Stack) -> None:
    with (stack.settings.home / "archive").open("w+b") as archive:
        uploads.store(
            stack.db, user_id=stack.user_id, file_name="a.zip", dry_run=True, archive=archive
        )

    def claimed(*served: str) -> ChoreClaim | None:
        return background_jobs.claim_next(
            stack.db, worker="w", lease_s=30, max_attempts=3, served=served
        )

    def stale(*served: str) -> frozenset[str]:
        return background_jobs.take_back(stack.db, max_attempts=3, stale_s=-1, served=served)

    first = claimed("")
    assert first is not None
    assert first.kind is ChoreKind.UPLOAD
    assert background_jobs.pass_on(stack.db, first, "gpu")
    assert claimed("") is None
    assert stale("") == frozenset()
    assert stale("gpu", "") == {"gpu"}
    again = claimed("gpu", "")
    assert again is not None
    # Finding out which labels it needs didn't count as an attempt.
    assert (again.attempt, again.requires) == (1, "gpu")
