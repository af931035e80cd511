"""Webhooks and their owners: a user's own, a team's, a problem's, an admin's.

The right to have one is checked when it is created, and again whenever there is something to send
(`judge.webhooks.telling`): a former owner or admin is told nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from judge.accounts.users import lock_user
from judge.db.models import Problem
from judge.db.session import Database
from judge.db.team_models import Team as TeamRow
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from judge.ids import new_id
from judge.webhooks.signing import new_secret

MAX_HOOKS = 10
"""The limit for one user."""


class EventKind(StrEnum):
    """The kinds of events that a webhook can get."""

    ACCEPTED = "accepted"
    """A submission was accepted."""
    BOARD = "board"
    """A board changed its order, or gained an entry."""
    UPLOAD = "upload"
    """An uploaded package was checked."""


TEST = "test"
"""The kind of a message that its owner requests to try a webhook."""


@dataclass(frozen=True, slots=True)
class HookPlan:
    """A webhook as a user requests it: `team` and `problem` are slugs, at most one of them. `url`
    is checked already."""

    url: str
    kinds: Sequence[EventKind]
    team: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook, without its secret. `created_at` in epoch seconds."""

    id: str
    url: str
    events: tuple[EventKind, ...]
    team: str | None
    problem: str | None
    created_at: float


def create_hook(
    db: Database, user_id: str, plan: HookPlan, *, is_admin: bool = False
) -> tuple[str, Hook]:
    """Return (the secret, shown only this once; the webhook).

    Raises InvalidError (`field` says what), NotFoundError (no such problem, or no such team that
    the user owns), ForbiddenError, ConflictError if the user has MAX_HOOKS, UnavailableError.
    """
    _check_kinds(plan, is_admin=is_admin)
    with db.write() as session:
        # The team before the user, as everywhere.
        team_id = plan.team and _owned_team(session, plan.team, user_id)
        lock_user(session, user_id)
        mine = select(func.count()).where(Webhook.user_id == user_id)
        if (session.scalar(mine) or 0) >= MAX_HOOKS:
            raise ConflictError(f"You can't have more than {MAX_HOOKS} webhooks; delete one first.")
        row = Webhook(
            id=new_id(),
            user_id=user_id,
            team_id=team_id,
            problem_id=plan.problem and _problem(session, plan.problem),
            url=plan.url,
            kinds=[kind.value for kind in EventKind if kind in plan.kinds],
            secret=new_secret(),
            created_at=db.now(session),
        )
        session.add(row)
        session.flush()
        return row.secret, _hook(row, plan.team, plan.problem)


def _check_kinds(plan: HookPlan, *, is_admin: bool) -> None:
    kinds = set(plan.kinds)
    accepted, board, upload = EventKind
    if plan.team and plan.problem:
        raise InvalidError("A webhook is for a team or for a problem, not for both.", "problem")
    if plan.team and not set() < kinds <= {accepted, board}:
        raise InvalidError("A team's webhook can only get the events accepted and board.", "events")
    if plan.problem and kinds != {board}:
        raise InvalidError("A problem's webhook can only get the event board.", "events")
    is_own = not (plan.team or plan.problem)
    if is_own and not set() < kinds <= {accepted, upload}:
        raise InvalidError(
            "Your own webhook can only get the events accepted and upload.", "events"
        )
    if upload in kinds and not is_admin:
        raise ForbiddenError("Only an admin can get the event upload.")


def _owned_team(session: Session, slug: str, user_id: str) -> str:
    found = select(TeamRow.id).where(TeamRow.slug == slug, TeamRow.owner_id == user_id)
    # Locked, so that the team is not deleted or handed over before its webhook is stored.
    team_id = session.scalar(found.with_for_update(key_share=True))
    if team_id is None:
        raise NotFoundError(f"There is no team {slug[:100]!r} that you own.")
    return team_id


def _problem(session: Session, slug: str) -> str:
    found = select(Problem.id).where(Problem.slug == slug, Problem.withdrawn_at.is_(None))
    problem_id = session.scalar(found)
    if problem_id is None:
        raise NotFoundError(f"There is no problem {slug[:100]!r}.")
    return problem_id


def list_hooks(db: Database, user_id: str) -> list[Hook]:
    """The user's webhooks, oldest first. Raises UnavailableError."""
    with db.read() as session:
        return _hooks(session, Webhook.user_id == user_id)


def find_hook(db: Database, user_id: str, hook_id: str) -> Hook:
    """One of the user's webhooks. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        found = _hooks(session, Webhook.id == hook_id, Webhook.user_id == user_id)
    if not found:
        raise NotFoundError("You have no such webhook.")
    return found[0]


def delete_hook(db: Database, user_id: str, hook_id: str) -> None:
    """Delete one of the user's webhooks, with all messages to it.

    Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        mine = (Webhook.id == hook_id) & (Webhook.user_id == user_id)
        if session.scalar(select(Webhook.id).where(mine)) is None:
            raise NotFoundError("You have no such webhook.")
        forget_hooks(session, mine)


def forget_hooks(session: Session, which: ColumnElement[bool]) -> None:
    """Delete these webhooks and their deliveries, in the caller's transaction."""
    # Locked first: a message that is being written refers to its webhook, and is then seen here.
    locked = select(Webhook.id).where(which).order_by(Webhook.id).with_for_update()
    hooks = session.scalars(locked).all()
    session.execute(delete(Delivery).where(Delivery.webhook_id.in_(hooks)))
    session.execute(delete(Webhook).where(Webhook.id.in_(hooks)))


def _hooks(session: Session, *which: ColumnElement[bool]) -> list[Hook]:
    query = (
        select(Webhook, TeamRow.slug, Problem.slug)
        .outerjoin(TeamRow, TeamRow.id == Webhook.team_id)
        .outerjoin(Problem, Problem.id == Webhook.problem_id)
        .where(*which)
        .order_by(Webhook.id)
    )
    return [_hook(row, team, problem) for row, team, problem in session.execute(query)]


def _hook(row: Webhook, team: str | None, problem: str | None) -> Hook:
    kinds: list[Any] = row.kinds
    events = tuple(EventKind(kind) for kind in kinds)
    return Hook(row.id, row.url, events, team, problem, row.created_at)
