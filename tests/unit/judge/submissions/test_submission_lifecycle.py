"""Every transition of the state machine, on both databases."""

import dataclasses
import math

import pytest

from judge import leases
from judge.db.session import Database
from judge.differences import Difference, Reason
from judge.errors import ConflictError, InvalidError, NotFoundError
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, PublicState, Submittal, read_submission
from judge.verdict import Verdict
from judge.wording import word
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    age_message,
    claim,
    events_of,
    kinds,
    one_result,
    requeue_stale,
    run_lease_out,
    store,
    submit,
    sure_claim,
    verdict,
)


@pytest.fixture
def user(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def test_a_submission_from_queued_to_done(db: Database, user: str) -> None:
    sent = submit(db, user, "print(3)")
    waiting = read_submission(db, sent.id)
    assert waiting is not None
    assert (waiting.state, waiting.queue_position, waiting.verdict) == ("queued", 0, None)

    claimed = sure_claim(db, sent.judging_id)
    assert claimed.attempt == 1
    assert submissions.record(db, claimed, Progress(compiling=True))
    assert submissions.record(db, claimed, Progress(total=2, results={1: one_result()}))
    assert submissions.record(
        db,
        claimed,
        Progress(total=2, results={2: one_result("02-hidden", sample=False)}),
    )
    judging = read_submission(db, sent.id)
    assert judging is not None
    assert (judging.state, judging.total_tests, len(judging.tests)) == ("judging", 2, 2)

    assert submissions.finish(db, claimed, verdict())
    done = read_submission(db, sent.id)
    assert done is not None
    assert (done.state, done.verdict, done.score) == ("done", Verdict.AC, 100.0)
    assert (done.time_s, done.memory_bytes, done.problem) == (0.25, 2048, "sum")
    events = events_of(db, sent.id)
    assert [event.kind for event in events] == [
        "queued",
        "judging",
        "compiling",
        "test",
        "test",
        "done",
    ]
    assert events[1].data == {"attempt": 1}
    assert events[3].data["index"] == 1
    assert events[-1].data == {
        "verdict": "AC",
        "score": 100.0,
        "time_s": 0.25,
        "memory_bytes": 2048,
        "message": "",
        "difference": None,
        "diagnosis": {},
    }
    assert done.last_event_id == events[-1].id
    assert events_of(db, sent.id, events[-2].id) == events[-1:]


def test_a_hidden_test_keeps_its_data(db: Database, user: str) -> None:
    sent = submit(db, user)
    claimed = sure_claim(db, sent.judging_id)
    submissions.record(
        db,
        claimed,
        Progress(total=1, results={1: one_result("02-hidden", sample=False)}),
    )
    view = read_submission(db, sent.id)
    assert view is not None
    test = view.tests[0]
    assert (test.input, test.expected, test.output, test.stderr) == (None, None, None, None)
    assert test.hint == {"en": "hint"}
    assert not {"input", "expected", "output", "stderr"} & events_of(db, sent.id)[-1].data.keys()


def test_only_one_claim_succeeds(db: Database, user: str) -> None:
    sent = submit(db, user)
    assert claim(db, sent.judging_id) is not None
    assert claim(db, sent.judging_id) is None
    assert claim(db, "no such judging") is None


def test_a_done_judging_is_not_claimed(db: Database, user: str) -> None:
    sent = submit(db, user)
    submissions.finish(db, sure_claim(db, sent.judging_id), verdict())
    assert claim(db, sent.judging_id) is None


def test_a_heartbeat_lengthens_the_lease(db: Database, user: str) -> None:
    sent = submit(db, user)
    claimed = sure_claim(db, sent.judging_id)
    run_lease_out(db, sent.judging_id)
    assert leases.renew(db, claimed.lease, LEASE_S)
    assert requeue_stale(db) == []


def test_a_lease_that_ran_out_is_taken_back(db: Database, user: str) -> None:
    sent = submit(db, user)
    late = sure_claim(db, sent.judging_id)
    submissions.record(db, late, Progress(total=2, results={1: one_result(verdict=Verdict.WA)}))
    run_lease_out(db, sent.judging_id)
    assert requeue_stale(db) == [sent.judging_id]

    # Later results of the slow worker have no effect.
    assert not leases.renew(db, late.lease, LEASE_S)
    assert not submissions.record(db, late, Progress(compiling=True))
    assert not submissions.record(db, late, Progress(total=2, results={2: one_result()}))
    assert not submissions.finish(db, late, verdict(Verdict.WA))
    assert not submissions.release(db, late, "late")

    second = sure_claim(db, sent.judging_id)
    assert second.attempt == 2
    assert not submissions.finish(db, late, verdict(Verdict.WA))
    submissions.record(db, second, Progress(total=1, results={1: one_result()}))
    assert submissions.finish(db, second, verdict())
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.verdict, view.attempt) == (Verdict.AC, 2)
    assert [test.verdict for test in view.tests] == [Verdict.AC]
    assert kinds(db, sent.id).count("done") == 1


def test_the_last_attempt_lost_is_a_judge_error(db: Database, user: str) -> None:
    sent = submit(db, user)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert sure_claim(db, sent.judging_id).attempt == attempt
        run_lease_out(db, sent.judging_id)
        again = requeue_stale(db)
        assert again == ([sent.judging_id] if attempt < MAX_ATTEMPTS else [])
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.state, view.verdict, view.attempt) == ("done", Verdict.JE, MAX_ATTEMPTS)
    assert claim(db, sent.judging_id) is None
    assert kinds(db, sent.id).count("done") == 1


def test_release_goes_back_to_the_queue_and_ends_in_a_judge_error(db: Database, user: str) -> None:
    sent = submit(db, user)
    for _ in range(MAX_ATTEMPTS):
        assert submissions.release(db, sure_claim(db, sent.judging_id), "no jail")
    view = read_submission(db, sent.id)
    assert view is not None
    assert view.verdict is Verdict.JE
    assert view.message == "The judge failed 3 times: no jail"
    reasons = [event.data for event in events_of(db, sent.id) if event.kind == "requeued"]
    assert reasons == [{"reason": "no jail"}] * (MAX_ATTEMPTS - 1)


def test_a_refunded_release_costs_no_attempt(db: Database, user: str) -> None:
    sent = submit(db, user)
    for _ in range(MAX_ATTEMPTS + 1):
        claimed = sure_claim(db, sent.judging_id)
        assert claimed.attempt == 1
        assert submissions.release(db, claimed, "shut down", refund=True)
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.state, view.attempt) == ("queued", 0)


def test_only_the_holder_is_released_when_a_worker_died(db: Database, user: str) -> None:
    sent = submit(db, user)
    sure_claim(db, sent.judging_id, worker="one")

    def release(worker: str) -> submissions.Requeued | None:
        return submissions.release_lost(db, worker=worker, reason="died", max_attempts=MAX_ATTEMPTS)

    assert release("other") is None
    assert release("one") == submissions.Requeued(sent.judging_id, Purpose.SUBMISSION)
    assert release("one") is None


def test_an_old_message_is_sent_again_once(db: Database, user: str) -> None:
    sent = submit(db, user)
    assert requeue_stale(db) == []
    age_message(db, sent.judging_id, 60)
    assert requeue_stale(db) == [sent.judging_id]
    assert requeue_stale(db) == []
    assert kinds(db, sent.id) == ["queued"]


def test_staleness_grows_with_the_queue(db: Database, user: str) -> None:
    sent = [submit(db, user) for _ in range(3)]
    for each in sent:
        age_message(db, each.judging_id, 12)
    found = submissions.requeue_stale(
        db, max_attempts=MAX_ATTEMPTS, stale_s=10, stale_per_queued_s=1
    )
    assert found == []
    found = submissions.requeue_stale(
        db, max_attempts=MAX_ATTEMPTS, stale_s=10, stale_per_queued_s=0.5
    )
    assert len(found) == 3


def test_a_round_takes_no_more_than_its_limit(db: Database, user: str) -> None:
    for _ in range(3):
        age_message(db, submit(db, user).judging_id, 60)
    assert [len(requeue_stale(db, limit=2)) for _ in range(3)] == [2, 1, 0]


def test_a_queued_judging_without_attempts_ends(db: Database, user: str) -> None:
    sent = submit(db, user)
    for _ in range(2):
        submissions.release(db, sure_claim(db, sent.judging_id), "no jail")
    lowered = submissions.requeue_stale(db, max_attempts=2, stale_s=1e6, stale_per_queued_s=0.0)
    assert lowered == []
    view = read_submission(db, sent.id)
    assert view is not None
    assert view.verdict is Verdict.JE


def test_an_idempotency_key_gives_the_same_submission(db: Database, user: str) -> None:
    first = submit(db, user, "a", key="k")
    again = submit(db, user, "a", key="k")
    assert (first.created, again.created) == (True, False)
    assert (again.id, again.judging_id) == (first.id, first.judging_id)
    with pytest.raises(ConflictError):
        submit(db, user, "b", key="k")
    assert submit(db, add_user(db, "bob"), "b", key="k").created
    assert kinds(db, first.id) == ["queued"]
    submissions.finish(db, sure_claim(db, first.judging_id), verdict())
    assert submit(db, user, "a", key="k").state is PublicState.DONE


def test_what_is_wrong_is_refused(db: Database, user: str) -> None:
    with pytest.raises(NotFoundError):
        submit(db, user, slug="none")
    with pytest.raises(InvalidError, match="takes python3, cpp, not go") as refused:
        store(
            db,
            Submittal(
                user_id=user,
                slug="sum",
                language="go",
                source="",
                purpose=Purpose.SUBMISSION,
            ),
        )
    assert refused.value.field == "language"
    with pytest.raises(InvalidError) as refused:
        submit(db, user, "a\0b")
    assert refused.value.field == "source"
    with pytest.raises(InvalidError) as refused:
        store(
            db,
            Submittal(
                user_id=user,
                slug="sum",
                language="cpp",
                source="",
                purpose=Purpose.SUBMISSION,
                own_input="1",
            ),
        )
    assert refused.value.field == "input"
    assert submissions.list_submissions(db).items == ()


def test_a_rejudge_is_a_new_judging_of_the_newest_version(db: Database, user: str) -> None:
    sent = submit(db, user)
    assert submissions.rejudge(db, sent.id).judging_id == sent.judging_id
    submissions.finish(db, sure_claim(db, sent.judging_id), verdict(Verdict.WA))
    add_problem(db, version=2)
    again = submissions.rejudge(db, sent.id)
    assert again.judging_id != sent.judging_id
    assert again.purpose is Purpose.REJUDGE
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.state, view.verdict, view.version, view.tests) == ("queued", None, 2, ())
    submissions.finish(db, sure_claim(db, again.judging_id), verdict())
    view = read_submission(db, sent.id)
    assert view is not None
    assert view.verdict is Verdict.AC
    assert kinds(db, sent.id) == ["queued", "judging", "done"] * 2


def test_rejudging_a_problem_takes_what_is_done(db: Database, user: str) -> None:
    done, waiting = submit(db, user), submit(db, user)
    submissions.finish(db, sure_claim(db, done.judging_id), verdict())
    found = submissions.rejudge_problem(db, "sum")
    assert len(found) == 1
    assert found[0].judging_id not in {done.judging_id, waiting.judging_id}
    with pytest.raises(NotFoundError):
        submissions.rejudge_problem(db, "none")
    with pytest.raises(NotFoundError):
        submissions.rejudge(db, "none")


def test_a_run_is_not_rejudged(db: Database, user: str) -> None:
    sent = store(
        db, Submittal(user_id=user, slug="sum", language="python3", source="", purpose=Purpose.RUN)
    )
    submissions.finish(db, sure_claim(db, sent.judging_id), verdict())
    with pytest.raises(InvalidError):
        submissions.rejudge(db, sent.id)
    assert submissions.rejudge_problem(db, "sum") == []


def test_a_rejudge_waits_behind_what_people_wait_for(db: Database, user: str) -> None:
    old = submit(db, user)
    submissions.finish(db, sure_claim(db, old.judging_id), verdict())
    submissions.rejudge(db, old.id)
    submit(db, user)
    view = read_submission(db, old.id)
    assert view is not None
    assert view.queue_position == 1


def test_text_that_no_database_keeps_is_mended(db: Database, user: str) -> None:
    sent = submit(db, user)
    claimed = sure_claim(db, sent.judging_id)
    result = dataclasses.replace(one_result(), output="a\0b\ud800")
    assert submissions.record(db, claimed, Progress(total=1, results={1: result}))
    view = read_submission(db, sent.id)
    assert view is not None
    assert view.tests[0].output is not None
    assert view.tests[0].output.startswith("a\ufffdb\ufffd")


def test_what_no_json_holds_is_mended(db: Database, user: str) -> None:
    sent = submit(db, user)
    claimed = sure_claim(db, sent.judging_id)
    # What the checker tells of 1e308 and -1e308.
    told = Difference(Reason.NUMBER_OFF, {"line": 1, "token": 1, "error": math.inf})
    unnamed = Difference(Reason.NAMES_MISSING, {"names": ["a\0b"]})
    tests = {
        1: dataclasses.replace(one_result(verdict=Verdict.WA), difference=told),
        2: dataclasses.replace(one_result(verdict=Verdict.WA), difference=unnamed),
    }
    assert submissions.record(db, claimed, Progress(total=2, results=tests))
    result = dataclasses.replace(verdict(Verdict.WA), difference=told)
    assert submissions.finish(db, claimed, result)
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.state, view.verdict) == ("done", Verdict.WA)
    first, second = (one.difference for one in view.tests)
    assert first is not None
    assert word(first, "en") == "The number is off by 1.8e+308: line 1, token 1 of the output."
    assert second is not None
    assert second.values == {"names": ["a\ufffdb"]}


@pytest.mark.parametrize(
    "progress",
    [
        Progress(compiling=True),
        Progress(total=2, results={1: one_result(), 2: one_result("02-hidden")}),
        Progress(compiling=True, total=2, results={1: one_result()}),
    ],
)
def test_what_may_be_recorded_already_is_recorded_once(
    db: Database, user: str, progress: Progress
) -> None:
    """The connection may break while the commit is under way."""
    sent = submit(db, user)
    assert submissions.release(db, sure_claim(db, sent.judging_id), "a fault")
    claimed = sure_claim(db, sent.judging_id)
    assert submissions.record(db, claimed, progress, again=True)
    happened = kinds(db, sent.id)
    assert len(happened) == 4 + progress.compiling + len(progress.results)
    assert submissions.record(db, claimed, progress, again=True)
    assert kinds(db, sent.id) == happened
