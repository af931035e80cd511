"""What a submission shows while the round of its interview runs, and after the round."""

from dataclasses import replace

import pytest

from judge.db.session import Database
from judge.differences import Difference, Reason
from judge.interviews import sittings
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.submissions.standing import read_standing
from judge.submissions.trace import Step, read_trace
from judge.submissions.views import SubmissionView
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, one_result, submit, sure_claim, verdict
from tests.support.sittings import add_interview, let_pass


@pytest.fixture
def ann(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def judged(
    db: Database,
    user: str,
    hidden: Verdict,
    sample: Verdict = Verdict.AC,
    whole: Verdict | None = None,
) -> str:
    """A submission with a known mistake, after a sample and a hidden test."""
    sent = submit(db, user)
    claim = sure_claim(db, sent.judging_id)
    secret = replace(one_result("02-hidden", False, hidden), input=None, expected=None, output=None)
    results = {1: one_result(verdict=sample), 2: replace(secret, stderr=None)}
    assert lifecycle.record(db, claim, Progress(total=2, results=results))
    result = verdict(whole or (hidden if sample is Verdict.AC else sample))
    why = Difference(Reason.WRONG_ANSWER, {"test": "02-hidden"})
    told = replace(
        result, difference=why, diagnosis={"en": "It forgets to carry."}, compile_output=""
    )
    assert lifecycle.finish(db, claim, told)
    return sent.id


def seen(db: Database, id: str) -> SubmissionView:
    view = lifecycle.read_submission(db, id)
    assert view is not None
    return view


@pytest.mark.parametrize("hidden", [Verdict.WA, Verdict.TLE, Verdict.RTE, Verdict.SV])
def test_all_failures_of_hidden_tests_look_alike_until_the_round_ends(
    db: Database, ann: str, hidden: Verdict
) -> None:
    sitting = sittings.start(db, ann, add_interview(db, ("sum",)))
    id = judged(db, ann, hidden)
    view = seen(db, id)
    assert (view.verdict, view.sealed_until) == (Verdict.WA, sitting.rounds[0].ends_at)
    assert view.difference == Difference(Reason.SEALED)
    assert [test.name for test in view.tests] == ["01-sample"]
    assert (view.diagnosis, view.score, view.time_s, view.memory_bytes) == ({}, None, None, None)
    assert "02-hidden" not in repr(view)
    assert "carry" not in repr(view)
    standing = read_standing(db, id)
    assert standing is not None
    assert standing.edition == view.edition
    (sent,) = sittings.read_sitting(db, sitting.id).tasks[0].sent
    assert (sent.passed, sent.verdict, sent.mistake) == (False, None, {})
    let_pass(db, sitting.id, 601)
    opened = seen(db, id)
    assert (opened.verdict, opened.sealed_until) == (hidden, None)
    assert [test.name for test in opened.tests] == ["01-sample", "02-hidden"]
    assert opened.diagnosis == {"en": "It forgets to carry."}
    after = read_standing(db, id)
    assert after is not None
    # The cached answer with the hidden results is not sent any more.
    assert after.edition == opened.edition != view.edition
    (sent,) = sittings.read_sitting(db, sitting.id).tasks[0].sent
    assert (sent.verdict, sent.mistake) == (hidden, {"en": "It forgets to carry."})


def test_a_sample_that_fails_is_told_as_always(db: Database, ann: str) -> None:
    sittings.start(db, ann, add_interview(db, ("sum",)))
    view = seen(db, judged(db, ann, Verdict.TLE, sample=Verdict.RTE))
    assert (view.verdict, view.difference) == (Verdict.RTE, None)
    (test,) = view.tests
    assert (test.verdict, test.input, test.expected) == (Verdict.RTE, "1 2", "3")


def test_what_passes_and_what_no_test_has_seen_is_told(db: Database, ann: str) -> None:
    sittings.start(db, ann, add_interview(db, ("sum",)))
    passed = seen(db, judged(db, ann, Verdict.AC))
    assert (passed.verdict, passed.time_s) == (Verdict.AC, 0.25)
    sent = submit(db, ann)
    result = replace(verdict(Verdict.CE), compile_output="main.py:1: error")
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), result)
    broken = seen(db, sent.id)
    assert (broken.verdict, broken.compile_output) == (Verdict.CE, "main.py:1: error")


def test_a_hidden_test_is_not_told_while_it_is_judged(db: Database, ann: str) -> None:
    sittings.start(db, ann, add_interview(db, ("sum",)))
    sent = submit(db, ann)
    claim = sure_claim(db, sent.judging_id)
    results = {1: one_result(), 2: one_result("02-hidden", False, Verdict.WA)}
    assert lifecycle.record(db, claim, Progress(total=3, results=results))
    view = seen(db, sent.id)
    assert (len(view.tests), view.total_tests, view.verdict) == (1, None, None)


def test_an_admin_s_trace_tells_no_verdict_before_the_round_ends(db: Database, ann: str) -> None:
    sitting = sittings.start(db, ann, add_interview(db, ("sum",)))
    id = judged(db, ann, Verdict.TLE)

    def told() -> list[tuple[Step, str]]:
        verdicts = (Step.TEST, Step.FINISHED)
        return [(one.step, one.detail) for one in read_trace(db, id).steps if one.step in verdicts]

    assert told() == [(Step.TEST, "1"), (Step.TEST, "2"), (Step.FINISHED, "")]
    let_pass(db, sitting.id, 601)
    assert told() == [(Step.TEST, "1 AC"), (Step.TEST, "2 TLE"), (Step.FINISHED, "TLE")]
