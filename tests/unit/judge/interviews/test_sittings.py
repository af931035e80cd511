"""By an interview's clock submissions count, are refused, or are practice."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from judge.boards.views import read_board
from judge.db.board_models import Judged
from judge.db.interview_models import SittingRound, SittingSubmission
from judge.db.models import Submission, User
from judge.db.session import Database
from judge.errors import ForbiddenError, InterviewError, InvalidError, NotFoundError
from judge.interviews import sittings
from judge.interviews.sittings import RoundState, SittingView
from judge.monitoring import withdraw_problem
from judge.states import Purpose
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Submittal
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, store, submit, sure_claim, verdict
from tests.support.sittings import add_interview, let_pass
from tests.support.waiting import begin

MINUTE = 60.0


@pytest.fixture
def ann(db: Database) -> str:
    for slug in ("sum", "product", "power", "aside"):
        add_problem(db, slug)
    return add_user(db)


def begun(db: Database, user: str) -> SittingView:
    return sittings.start(db, user, add_interview(db, ("sum", "product"), ("power",)))


def judge(db: Database, user: str, slug: str, value: Verdict) -> str:
    sent = submit(db, user, slug=slug)
    claim = sure_claim(db, sent.judging_id)
    assert lifecycle.finish(db, claim, verdict(value))
    return sent.id


def refusal(db: Database, user: str, slug: str) -> str:
    """Why a submission is refused, which must leave nothing behind."""
    before = stored(db)
    with pytest.raises(InterviewError) as refused:
        submit(db, user, slug=slug)
    assert stored(db) == before
    return str(refused.value)


def stored(db: Database) -> tuple[int | None, int | None]:
    with db.read() as session:
        return (
            session.scalar(select(func.count()).select_from(Submission)),
            session.scalar(select(func.count()).select_from(SittingSubmission)),
        )


def purpose(db: Database, id: str) -> Purpose:
    view = lifecycle.read_submission(db, id)
    assert view is not None
    return view.purpose


def test_rounds_follow_one_another_by_the_server_s_clock(db: Database, ann: str) -> None:
    sitting = begun(db, ann)
    first, second = sitting.rounds
    assert (first.starts_at, first.ends_at) == (sitting.now, second.starts_at)
    assert second.ends_at - second.starts_at == pytest.approx(10 * MINUTE)
    for passed, states in (
        (0, [RoundState.RUNNING, RoundState.WAITING]),
        (11 * MINUTE, [RoundState.OVER, RoundState.RUNNING]),
        (10 * MINUTE, [RoundState.OVER, RoundState.OVER]),
    ):
        let_pass(db, sitting.id, passed)
        seen = sittings.read_sitting(db, sitting.id)
        assert [one.state for one in seen.rounds] == states
    assert seen.is_over


def test_what_is_sent_counts_in_its_round_and_nowhere_else(db: Database, ann: str) -> None:
    sitting = begun(db, ann)
    judge(db, ann, "sum", Verdict.WA)
    judge(db, ann, "sum", Verdict.CE)
    accepted = judge(db, ann, "sum", Verdict.AC)
    practice = judge(db, ann, "aside", Verdict.AC)
    run = store(db, Submittal(ann, "sum", "python3", "pass", Purpose.RUN))
    assert [purpose(db, id) for id in (accepted, practice, run.id)] == [
        Purpose.INTERVIEW,
        Purpose.SUBMISSION,
        Purpose.RUN,
    ]
    task = sittings.read_sitting(db, sitting.id).tasks[0]
    assert (task.num_attempts, len(task.sent)) == (2, 3)
    assert task.solved_at is not None
    (line,) = read_board(db).rows
    assert [cell.slug for cell in line.problems] == ["aside"]
    with db.read() as session:
        assert session.scalars(select(Judged.submission_id)).all() == [practice]
    listed = lifecycle.list_submissions(db, user_id=ann).items
    assert [one.id for one in listed] == [practice]


def test_a_round_that_does_not_run_takes_nothing(db: Database, ann: str) -> None:
    sitting = begun(db, ann)
    assert re.search(r"round 2 .* begins in 1\d min", refusal(db, ann, "power"))
    let_pass(db, sitting.id, 10 * MINUTE + 1)
    said = refusal(db, ann, "product")
    assert re.search(r"^Round 1 of your interview ended \d s ago\. Nothing was stored", said)
    assert purpose(db, submit(db, ann, slug="power").id) is Purpose.INTERVIEW


def test_a_second_after_the_end_is_too_late_and_a_minute_after_it_is_practice(
    db: Database, ann: str
) -> None:
    sitting = begun(db, ann)
    let_pass(db, sitting.id, 20 * MINUTE + 1)
    said = refusal(db, ann, "power")
    assert re.search(r"ended \d s ago.*To practise power, send it again in \d\d s", said)
    assert refusal(db, ann, "sum") != said
    let_pass(db, sitting.id, MINUTE)
    assert purpose(db, submit(db, ann, slug="power").id) is Purpose.SUBMISSION


def test_a_repeated_request_is_answered_after_the_end_too(db: Database, ann: str) -> None:
    sitting = begun(db, ann)
    sent = submit(db, ann, key="once")
    let_pass(db, sitting.id, 11 * MINUTE)
    assert submit(db, ann, key="once").id == sent.id


def test_a_round_is_ended_early_and_the_next_has_all_its_minutes(db: Database, ann: str) -> None:
    sitting = begun(db, ann)
    let_pass(db, sitting.id, 4 * MINUTE)
    with pytest.raises(InterviewError, match="Round 1 is running, not round 2"):
        sittings.end_round(db, ann, sitting.id, 2)
    second = sittings.end_round(db, ann, sitting.id, 1).running
    assert second is not None
    assert second.position == 2
    assert second.ends_at - second.starts_at == pytest.approx(10 * MINUTE)
    assert "ended" in refusal(db, ann, "sum")
    over = sittings.end_round(db, ann, sitting.id, 2)
    assert (over.is_over, over.ends_at) == (True, over.now)
    with pytest.raises(InterviewError, match="no round to end"):
        sittings.end_round(db, ann, sitting.id, 2)
    with pytest.raises(NotFoundError):
        sittings.end_round(db, add_user(db, "eve"), sitting.id, 1)


def test_of_many_starts_at_once_one_begins(db: Database, ann: str) -> None:
    name = add_interview(db, ("sum",))

    def start(_: int) -> str:
        try:
            return sittings.start(db, ann, name).id
        except InterviewError as error:
            return str(error)

    with ThreadPoolExecutor(6) as pool:
        came = list(pool.map(start, range(6)))
    (sitting,) = sittings.list_sittings(db, ann)
    assert sorted(one == sitting.id for one in came) == [False] * 5 + [True]
    assert all("You are already taking the interview" in one for one in came if one != sitting.id)


def test_what_can_t_be_started_says_why_and_stores_nothing(db: Database, ann: str) -> None:
    with pytest.raises(NotFoundError, match="no interview 'none'"):
        sittings.start(db, ann, "none")
    name = add_interview(db, ("sum", "product"))
    withdraw_problem(db, "product", by=ann, withdrawn=True)
    with pytest.raises(InterviewError, match="product is withdrawn"):
        sittings.start(db, ann, name)
    guest = add_user(db, "guest-1")
    with db.write() as session:
        session.get_one(User, guest).role = "guest"
    withdraw_problem(db, "product", by=ann, withdrawn=False)
    with pytest.raises(ForbiddenError, match="Make an account first"):
        sittings.start(db, guest, name)
    assert sittings.list_sittings(db, ann) == sittings.list_sittings(db, guest) == []


def test_it_is_not_judged_again(db: Database, ann: str) -> None:
    begun(db, ann)
    sent = judge(db, ann, "sum", Verdict.WA)
    with pytest.raises(InvalidError, match="interview"):
        lifecycle.rejudge(db, sent)
    assert lifecycle.rejudge_problem(db, "sum") == []


def test_nothing_is_counted_after_the_end_of_a_round(postgres_db: Database) -> None:
    """The user ends the round in one window, and submits in another at the same moment. Only on
    PostgreSQL: SQLite has one writer.
    """
    db = postgres_db
    for slug in ("sum", "power"):
        add_problem(db, slug)
    ann = add_user(db)
    sitting = sittings.start(db, ann, add_interview(db, ("sum",), ("power",)))
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(SittingRound, (sitting.id, 1), with_for_update={"key_share": True})
            ended, sent = begin(
                db,
                pool,
                lambda: sittings.end_round(db, ann, sitting.id, 1),
                lambda: submit(db, ann, slug="sum"),
            )
        ended.result()
        with pytest.raises(InterviewError, match="Round 1 of your interview ended"):
            sent.result()
    assert stored(db) == (0, 0)
