"""Rejudges whose verdicts count only once an admin has seen what would change.

    begin ---> another judging (purpose `preview`) of every finished submission
    apply ---> each submission takes its new judging, unless it got another one meanwhile
    discard -> the new judgings are deleted, judged or not

Until then only admins see anything: previews append no events and no board counts them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, aliased

from judge import background_jobs
from judge.background_jobs import ChoreKind
from judge.boards.forecast import ScoreChange, score_changes
from judge.boards.keeping import lock_shared, lock_users
from judge.db.background_models import Rejudge, RejudgeItem
from judge.db.models import Judging, Problem, ProblemVersion, StoredResult, Submission, User
from judge.db.session import Database
from judge.errors import ConflictError, NotFoundError
from judge.ids import new_id
from judge.problems.views import newest_version
from judge.states import Purpose, State
from judge.submissions.lifecycle import Requeued
from judge.submissions.transitions import append_event, publish_verdict, queue_judging
from judge.verdict import Verdict

MOST_CHANGES = 1000
MOST_BOARD_CHANGES = 100
MOST_LISTED = 100
_BATCH = 50
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Change:
    """A submission whose verdict would change, or has changed.

    `first_test` is the first test of the new judging whose verdict differs from the same test's
    before; a new test counts if it is not accepted. None if there is none, as after a compile
    error.
    """

    submission: str
    user: str
    language: str
    before: Verdict
    before_version: int
    after: Verdict
    first_test: str | None


@dataclass(frozen=True, slots=True)
class RejudgeView:
    """One rejudge, begun by `user`. `done` of `total` judgings have their verdict; `counts` are of
    (before, after) pairs; `changes` holds at most MOST_CHANGES; `stale` ones are not applied: their
    submission was judged again meanwhile, or the judge failed (JE). `from_version` is the oldest
    version that a submission was judged against before. `board_changes` holds at most
    MOST_BOARD_CHANGES of the `num_board_changes` users whose score would change; none once it is
    applied. Times in epoch seconds."""

    id: str
    problem: str
    from_version: int | None
    version: int
    user: str
    created_at: float
    applied_at: float | None
    total: int
    done: int
    stale: int
    counts: Sequence[tuple[Verdict, Verdict, int]]
    changes: Sequence[Change]
    num_board_changes: int
    board_changes: Sequence[ScoreChange]


@dataclass(frozen=True, slots=True)
class RejudgeSummary:
    """A line of the list. `user` began the rejudge."""

    id: str
    problem: str
    version: int
    user: str
    created_at: float
    applied_at: float | None


def begin(db: Database, slug: str, user_id: str) -> tuple[str, list[Requeued]]:
    """Queue a preview of every finished submission of a problem against its newest version.

    Returns the rejudge's id and what the caller enqueues. Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        found = newest_version(session, slug)
        if found is None:
            raise NotFoundError(f"There is no problem {slug[:100]!r}.")
        problem, version = found
        row = Rejudge(
            id=new_id(),
            problem_id=problem.id,
            version_id=version.id,
            user_id=user_id,
            created_at=db.now(session),
        )
        session.add(row)
        session.flush()
        requeued = []
        finished = (
            select(Submission)
            .join(Judging, Judging.id == Submission.judging_id)
            .where(Submission.problem_id == problem.id, Submission.purpose == Purpose.SUBMISSION)
            .where(Judging.state == State.DONE)
            .order_by(Submission.id)
            # FOR KEY SHARE: none of them is deleted before its new judging refers to it.
            .with_for_update(of=Submission, read=True, key_share=True)
        )
        for submission in session.scalars(finished).all():
            item = RejudgeItem(
                rejudge_id=row.id,
                submission_id=submission.id,
                before_id=submission.judging_id,
                # As in `lifecycle.rejudge`; it is applied only to the judging that it comes after.
                after_id=new_id(after=submission.judging_id),
            )
            requeued.append(
                queue_judging(
                    db, session, submission, version.id, Purpose.PREVIEW, judging_id=item.after_id
                )
            )
            session.add(item)
        return row.id, requeued


def read_rejudge(db: Database, rejudge_id: str) -> RejudgeView | None:
    """One rejudge, or None. Raises UnavailableError."""
    with db.read() as session:
        query = (
            select(Rejudge, Problem.slug, ProblemVersion.number, User.name)
            .join(Problem, Problem.id == Rejudge.problem_id)
            .join(ProblemVersion, ProblemVersion.id == Rejudge.version_id)
            .join(User, User.id == Rejudge.user_id)
            .where(Rejudge.id == rejudge_id)
        )
        found = session.execute(query).one_or_none()
        return None if found is None else _view(session, *found)


def list_rejudges(db: Database) -> list[RejudgeSummary]:
    """The newest MOST_LISTED rejudges, newest first. Raises UnavailableError."""
    columns = (Rejudge.id, Problem.slug, ProblemVersion.number, User.name)
    query = (
        select(*columns, Rejudge.created_at, Rejudge.applied_at)
        .join(Problem, Problem.id == Rejudge.problem_id)
        .join(ProblemVersion, ProblemVersion.id == Rejudge.version_id)
        .join(User, User.id == Rejudge.user_id)
        .order_by(Rejudge.id.desc())
        .limit(MOST_LISTED)
    )
    with db.read() as session:
        return [RejudgeSummary(*row) for row in session.execute(query)]


def apply(db: Database, rejudge_id: str) -> None:
    """Make the new verdicts count. A second call completes an interrupted one.

    Raises NotFoundError, ConflictError (some judgings are not done yet), UnavailableError.
    """
    with db.read() as session:
        if session.get(Rejudge, rejudge_id) is None:
            raise NotFoundError(f"There is no rejudge {rejudge_id!r}.")
        # An admin decides by all verdicts, not only by those given so far.
        waiting = _count(session, rejudge_id, Judging.state != State.DONE)
        if waiting:
            raise ConflictError(f"{waiting} submissions are not judged yet; wait until all are")
        query = select(RejudgeItem.submission_id).where(RejudgeItem.rejudge_id == rejudge_id)
        ids = session.scalars(query.order_by(RejudgeItem.submission_id)).all()
    for start in range(0, len(ids), _BATCH):
        # Many short transactions: a user who submits meanwhile waits for none of them long.
        with db.write() as session:
            _locked(session, rejudge_id)
            # Lock the boards first, as everywhere: deleting an account locks them, then
            # submissions.
            lock_shared(db, session)
            batch = select(Submission).where(Submission.id.in_(ids[start : start + _BATCH]))
            submissions = session.scalars(
                batch.order_by(Submission.id).with_for_update(key_share=True)
            ).all()
            # All users at once: counting the first verdict may lock teams' events, and a holder of
            # that lock must not wait for a user.
            lock_users(db, session, [one.user_id for one in submissions if one.user_id])
            for submission in submissions:
                submission_id = submission.id
                item = session.get_one(RejudgeItem, (rejudge_id, submission_id))
                after = session.get_one(Judging, item.after_id)
                # Judged again meanwhile, or failed by the judge's fault: the old verdict stays.
                if submission.judging_id != item.before_id or after.verdict == Verdict.JE:
                    continue
                submission.judging_id = after.id
                after.purpose = Purpose.REJUDGE
                session.flush()
                # Its followers see a judging that is queued and done at once.
                append_event(db, session, after, "queued", {})
                publish_verdict(db, session, after)
    with db.write() as session:
        row = _locked(session, rejudge_id)
        # If the first call was interrupted, a second one keeps the first one's time.
        row.applied_at = row.applied_at or db.now(session)


def discard(db: Database, rejudge_id: str) -> None:
    """Delete an unwanted preview: its judgings, also those that wait, and the rejudge.

    A worker that judges one of them writes nothing more and stops. Raises NotFoundError,
    ConflictError (its verdicts count already, or some of them), UnavailableError.
    """
    with db.write() as session:
        row = _locked(session, rejudge_id)
        # Applied judgings have another purpose; an interrupted call may have applied only some.
        counting = Judging.purpose != Purpose.PREVIEW
        if row.applied_at is not None or _count(session, rejudge_id, counting):
            raise ConflictError("its verdicts count already; begin another rejudge instead")
        # Before the judgings, as whoever deletes the submissions does.
        sent = (
            select(Submission.id)
            .join(RejudgeItem, RejudgeItem.submission_id == Submission.id)
            .where(RejudgeItem.rejudge_id == rejudge_id)
            .order_by(Submission.id)
        )
        session.scalars(sent.with_for_update(of=Submission, read=True, key_share=True)).all()
        query = (
            select(Judging.id)
            .join(RejudgeItem, RejudgeItem.after_id == Judging.id)
            .where(RejudgeItem.rejudge_id == rejudge_id)
            .order_by(Judging.id)
        )
        # Locked, so that a worker that finishes one of them waits, and then finds it deleted.
        judgings = session.scalars(query.with_for_update(of=Judging, key_share=True)).all()
        session.execute(delete(RejudgeItem).where(RejudgeItem.rejudge_id == rejudge_id))
        for start in range(0, len(judgings), _AT_A_TIME):
            some = judgings[start : start + _AT_A_TIME]
            session.execute(delete(StoredResult).where(StoredResult.judging_id.in_(some)))
            session.execute(delete(Judging).where(Judging.id.in_(some)))
            background_jobs.forget(session, ChoreKind.DIAGNOSIS, some)
        session.delete(row)


def _locked(session: Session, rejudge_id: str) -> Rejudge:
    """The rejudge's row, locked until the transaction ends. Raises NotFoundError."""
    row = session.get(Rejudge, rejudge_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFoundError(f"There is no rejudge {rejudge_id!r}.")
    return row


def _view(session: Session, row: Rejudge, slug: str, version: int, user: str) -> RejudgeView:
    pairs = _pairs(session, row.id)
    changed = [pair for pair in pairs if pair.after != pair.before]
    counts = Counter((pair.before, pair.after) for pair in pairs)
    # Judgings that can't be applied, or could not be.
    stale = (
        select(func.count())
        .select_from(RejudgeItem)
        .join(Submission, Submission.id == RejudgeItem.submission_id)
        .join(Judging, Judging.id == RejudgeItem.after_id)
        .where(RejudgeItem.rejudge_id == row.id)
        .where(
            Submission.judging_id.not_in([RejudgeItem.before_id, RejudgeItem.after_id])
            | (Judging.verdict == Verdict.JE)
        )
    )
    from_version = (
        select(func.min(ProblemVersion.number))
        .join(Judging, Judging.version_id == ProblemVersion.id)
        .join(RejudgeItem, RejudgeItem.before_id == Judging.id)
        .where(RejudgeItem.rejudge_id == row.id)
    )
    board_changes = score_changes(session, row.problem_id, _verdicts_to_apply(session, row.id))
    return RejudgeView(
        id=row.id,
        problem=slug,
        from_version=session.scalar(from_version),
        version=version,
        user=user,
        created_at=row.created_at,
        applied_at=row.applied_at,
        total=_count(session, row.id),
        done=len(pairs),
        stale=session.scalar(stale) or 0,
        counts=[(*pair, count) for pair, count in sorted(counts.items())],
        changes=changed[:MOST_CHANGES],
        num_board_changes=len(board_changes),
        board_changes=board_changes[:MOST_BOARD_CHANGES],
    )


def _pairs(session: Session, rejudge_id: str) -> list[Change]:
    before, after = aliased(Judging), aliased(Judging)
    query = (
        select(
            Submission.id,
            User.name,
            Submission.language,
            before.verdict,
            ProblemVersion.number,
            after.verdict,
        )
        .join(RejudgeItem, RejudgeItem.submission_id == Submission.id)
        .join(User, User.id == Submission.user_id)
        .join(before, before.id == RejudgeItem.before_id)
        .join(after, after.id == RejudgeItem.after_id)
        .join(ProblemVersion, ProblemVersion.id == before.version_id)
        .where(RejudgeItem.rejudge_id == rejudge_id, after.state == State.DONE)
        .order_by(Submission.id)
    )
    first_tests = _first_tests(session, rejudge_id)
    return [
        Change(
            id_, user, language, Verdict(str(old)), number, Verdict(str(new)), first_tests.get(id_)
        )
        for id_, user, language, old, number, new in session.execute(query)
    ]


def _first_tests(session: Session, rejudge_id: str) -> dict[str, str]:
    """{submission's id: `Change.first_test`}, for those that have one."""
    before, after = aliased(Judging), aliased(Judging)
    old, new = aliased(StoredResult), aliased(StoredResult)
    same_test = (old.judging_id == before.id) & (old.name == new.name)
    differs = func.coalesce(old.verdict, Verdict.AC) != new.verdict
    firsts = (
        select(
            RejudgeItem.submission_id,
            RejudgeItem.after_id,
            func.min(new.index).label("position"),
        )
        .join(before, before.id == RejudgeItem.before_id)
        .join(after, after.id == RejudgeItem.after_id)
        .join(new, new.judging_id == after.id)
        .outerjoin(old, same_test)
        .where(RejudgeItem.rejudge_id == rejudge_id, after.state == State.DONE)
        .where(before.verdict != after.verdict, differs)
        .group_by(RejudgeItem.submission_id, RejudgeItem.after_id)
        .subquery()
    )
    query = select(firsts.c.submission_id, StoredResult.name).join(
        StoredResult,
        (StoredResult.judging_id == firsts.c.after_id) & (StoredResult.index == firsts.c.position),
    )
    return dict(session.execute(query).all())


def _verdicts_to_apply(session: Session, rejudge_id: str) -> dict[str, dict[str, Verdict]]:
    """{user's id: {submission's id: verdict}}, of the verdicts that `apply` would make count."""
    query = (
        select(Submission.user_id, Submission.id, Judging.verdict)
        .join(RejudgeItem, RejudgeItem.submission_id == Submission.id)
        .join(Judging, Judging.id == RejudgeItem.after_id)
        .where(RejudgeItem.rejudge_id == rejudge_id, Judging.state == State.DONE)
        .where(Submission.judging_id == RejudgeItem.before_id, Judging.verdict != Verdict.JE)
    )
    found: dict[str, dict[str, Verdict]] = {}
    for user_id, submission_id, verdict in session.execute(query):
        found.setdefault(user_id, {})[submission_id] = Verdict(str(verdict))
    return found


def _count(session: Session, rejudge_id: str, *conditions: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(RejudgeItem)
        .join(Judging, Judging.id == RejudgeItem.after_id)
        .where(RejudgeItem.rejudge_id == rejudge_id, *conditions)
    )
    return session.scalar(query) or 0
