"""Tells others what a verdict changes: by a team's events, and by webhooks.

The state is read before a verdict is counted and again after it, in the verdict's transaction. If
nobody listens, as is usual, that costs one query. Only verdicts that count on boards come here:
none of a run, batch, preview or interview.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from judge.boards.windows import ALL
from judge.db.board_models import BoardRow, FastestSolve
from judge.db.models import Problem, User
from judge.db.session import Database
from judge.db.team_models import Team, TeamMember
from judge.db.webhook_models import Webhook
from judge.teams.events import append_events, lock_events
from judge.webhooks.hooks import EventKind
from judge.webhooks.telling import OWN, hooks_for, tell

# Built once, not for each verdict.
_SOMEBODY_LISTENS = select(
    or_(
        exists().where(TeamMember.user_id == bindparam("user_id")),
        exists().where(Webhook.user_id == bindparam("user_id")),
        exists().where(Webhook.problem_id == bindparam("problem_id")),
    )
)
_TEAMS = (
    select(Team.id, Team.slug)
    .join(TeamMember, TeamMember.team_id == Team.id)
    .where(TeamMember.user_id == bindparam("user_id"))
    .order_by(Team.id)
)
_of_mine = select(TeamMember.team_id).where(TeamMember.user_id == bindparam("user_id"))
_HOOKS = hooks_for(
    EventKind.ACCEPTED,
    or_(
        and_(OWN, Webhook.user_id == bindparam("user_id")),
        Webhook.team_id.in_(_of_mine),
    ),
)
_OF_PROBLEM = hooks_for(EventKind.BOARD, Webhook.problem_id == bindparam("problem_id"))
_PLACE = select(BoardRow.deficit, BoardRow.last_gain_at).where(
    BoardRow.board == ALL.board, BoardRow.user_id == bindparam("user_id")
)
_MATES = (
    select(TeamMember.team_id, func.coalesce(BoardRow.deficit, 0))
    .join(User, User.id == TeamMember.user_id)
    .outerjoin(BoardRow, and_(BoardRow.user_id == User.id, BoardRow.board == ALL.board))
    .where(TeamMember.team_id.in_(bindparam("teams", expanding=True)))
    .where(User.id != bindparam("user_id"), User.banned_at.is_(None))
)
_SOLVE = select(FastestSolve.low_s, FastestSolve.median_s).where(
    FastestSolve.user_id == bindparam("user_id"),
    FastestSolve.problem_id == bindparam("problem_id"),
    FastestSolve.listed.is_(True),
)
_NOTHING = (0, 0.0)


@dataclass(frozen=True, slots=True)
class Before:
    """The state before a verdict is counted: the user's `teams` (slug by id), the webhooks of the
    teams and of the user, and the user's `place` on the all-time board."""

    teams: Mapping[str, str]
    hooks: tuple[Webhook, ...]
    place: tuple[int, float]

    def hooks_of(self, team_id: str | None, kind: EventKind) -> list[Webhook]:
        """The webhooks of a team (None: the user's own) that want this kind of event."""
        return [hook for hook in self.hooks if hook.team_id == team_id and kind in hook.kinds]


def look_before(session: Session, user_id: str, problem_id: str) -> Before | None:
    """Read the state before the user's verdict is counted; None if nobody listens."""
    asked = {"user_id": user_id}
    if not session.scalar(_SOMEBODY_LISTENS, asked | {"problem_id": problem_id}):
        return None
    teams = dict(session.execute(_TEAMS, asked).all())
    return Before(teams, tuple(session.scalars(_HOOKS, asked)), _place(session, user_id))


def tell_after(
    db: Database,
    session: Session,
    before: Before,
    user_id: str,
    problem_id: str,
    accepted: Mapping[str, Any] | None,
) -> None:
    """Tell what has changed, once the verdict is counted. `accepted` describes a submission that is
    newly accepted: its id, language and times. It is None for any other verdict."""
    user = session.get_one(User, user_id)
    happened: list[tuple[str, str, Mapping[str, Any]]] = []
    if accepted is not None:
        problem = session.get_one(Problem, problem_id).slug
        own = {"user": user.name, "problem": problem, **accepted}
        kind = EventKind.ACCEPTED
        tell(db, session, before.hooks_of(None, kind), kind, own, about=user_id)
        # Only some members may open the submission, so a team is not told its id.
        told = {"problem": problem, "submitted_at": accepted["submitted_at"]}
        for team_id, slug in before.teams.items():
            happened.append((team_id, kind, told))
            of_team = {"team": slug, "user": user.name, **told}
            tell(db, session, before.hooks_of(team_id, kind), kind, of_team, about=user_id)
    place = _place(session, user_id)
    if place != before.place and before.teams:
        # Before the others' scores are read: one of them may move at the same moment.
        lock_events(db, session)
        for team_id, moved in _moved(session, before, place, user_id).items():
            happened.append((team_id, EventKind.BOARD, moved))
            named = {"team": before.teams[team_id], "user": user.name, **moved}
            hooks = before.hooks_of(team_id, EventKind.BOARD)
            tell(db, session, hooks, EventKind.BOARD, named, about=user_id)
    append_events(db, session, user_id, happened)


def tell_joined(db: Database, session: Session, team_id: str, slug: str, user_id: str) -> None:
    """Tell the team's members and webhooks that the user has joined its board."""
    found = session.scalars(hooks_for(EventKind.BOARD, Webhook.team_id == team_id))
    hooks = [hook for hook in found if EventKind.BOARD in hook.kinds]
    named = {"team": slug, "user": session.get_one(User, user_id).name, "joined": True}
    tell(db, session, hooks, EventKind.BOARD, named, about=user_id)
    append_events(db, session, user_id, [(team_id, "joined", {})])


def _place(session: Session, user_id: str) -> tuple[int, float]:
    found = session.execute(_PLACE, {"user_id": user_id}).one_or_none()
    return _NOTHING if found is None else (found.deficit, found.last_gain_at)


def _moved(
    session: Session, before: Before, place: tuple[int, float], user_id: str
) -> dict[str, dict[str, Any]]:
    """{team's id: the user's ranks and score} of each team whose order the new place changes."""
    mates: dict[str, list[int]] = {team_id: [] for team_id in before.teams}
    for team_id, deficit in session.execute(_MATES, {"teams": list(mates), "user_id": user_id}):
        mates[team_id].append(deficit)
    old, new = before.place[0], place[0]
    low, high = min(old, new), max(old, new)
    return {
        team_id: {
            "rank": 1 + sum(one < new for one in deficits),
            "rank_before": 1 + sum(one < old for one in deficits),
            "score": -new,
        }
        for team_id, deficits in mates.items()
        # The order changes only if another member has one of these scores or one in between.
        if any(low <= one <= high for one in deficits)
    }


@contextmanager
def solvers_told(db: Database, session: Session, user_id: str, problem_id: str) -> Iterator[None]:
    """Tell a problem's webhooks how the block changes the user's place among its solvers."""
    asked = {"user_id": user_id, "problem_id": problem_id}
    found = session.scalars(_OF_PROBLEM, {"problem_id": problem_id}).all()
    hooks = [hook for hook in found if EventKind.BOARD in hook.kinds]
    if not hooks:
        yield
        return
    before = session.execute(_SOLVE, asked).one_or_none()
    yield
    after = session.execute(_SOLVE, asked).one_or_none()
    if before == after:
        return
    if before is not None and after is not None:
        low, high = sorted((before.low_s, after.low_s))
        between = exists().where(
            FastestSolve.problem_id == problem_id,
            FastestSolve.listed.is_(True),
            FastestSolve.user_id != user_id,
            FastestSolve.low_s.between(low, high),
        )
        if not session.scalar(select(between)):
            return
    data = {
        "problem": session.get_one(Problem, problem_id).slug,
        "user": session.get_one(User, user_id).name,
        "entered": before is None,
        "time_s": None if after is None else after.median_s,
    }
    tell(db, session, hooks, EventKind.BOARD, data, about=user_id)
