"""Requests that come at the same time can't exceed a limit together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from judge.accounts.leaving import Code, delete_account
from judge.db.models import Submission
from judge.db.session import Database
from judge.db.team_models import Team
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import ConflictError, NotFoundError, ShousiError, TooManyError
from judge.submissions.batches import Source, send_batch
from judge.teams import invitations, membership
from judge.webhooks import deliveries, hooks
from judge.webhooks.hooks import MAX_HOOKS, EventKind, HookPlan
from tests.support.content import add_problem, add_user

AT_ONCE = 4


@pytest.fixture
def ann(db: Database) -> str:
    add_problem(db)
    return add_user(db, "ann")


def refused(*acts: Callable[[], object]) -> list[ShousiError]:
    """Do all of these at once; return the errors of those that were refused."""
    ready = Barrier(len(acts))

    def do(act: Callable[[], object]) -> ShousiError | None:
        ready.wait()
        try:
            act()
        except ShousiError as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return [error for error in pool.map(do, acts) if error is not None]


def count(db: Database, model: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_webhooks(db: Database, ann: str) -> None:
    plan = HookPlan("https://example.org/hook", [EventKind.ACCEPTED])
    for _ in range(MAX_HOOKS - 1):
        hooks.create_hook(db, ann, plan)
    errors = refused(*[lambda: hooks.create_hook(db, ann, plan)] * AT_ONCE)
    assert [type(one) for one in errors] == [ConflictError] * (AT_ONCE - 1)
    assert count(db, Webhook) == MAX_HOOKS


def test_tests_of_a_webhook(db: Database, ann: str) -> None:
    _, hook = hooks.create_hook(db, ann, HookPlan("https://example.org/hook", [EventKind.ACCEPTED]))
    errors = refused(*[lambda: deliveries.send_test(db, ann, hook.id)] * AT_ONCE)
    assert [type(one) for one in errors] == [ConflictError] * (AT_ONCE - 1)
    assert count(db, Delivery) == 1


def test_teams(db: Database, ann: str) -> None:
    for number in range(membership.MAX_TEAMS_OWNED - 1):
        membership.create_team(db, ann, f"Team {number}")
    errors = refused(*[lambda name=name: membership.create_team(db, ann, name) for name in "abcd"])
    assert [type(one) for one in errors] == [ConflictError] * 3
    assert count(db, Team) == membership.MAX_TEAMS_OWNED


def test_sources_of_batches(db: Database, ann: str) -> None:
    sources = [Source("python3", "pass")] * 3
    errors = refused(*[lambda: send_batch(db, ann, "sum", sources, max_pending=5)] * AT_ONCE)
    assert [type(one) for one in errors] == [TooManyError] * (AT_ONCE - 1)
    assert count(db, Submission) == 3


@pytest.mark.parametrize("turn", range(5))
def test_a_team_is_not_handed_to_who_is_leaving(db: Database, ann: str, turn: int) -> None:
    bob = add_user(db, "bob")
    team = membership.create_team(db, ann, "Friday group")
    word, _ = invitations.invite_to_team(db, team, by=ann)
    invitations.join_team(db, team.slug, bob, word)
    errors = refused(
        lambda: membership.hand_over(db, team, "bob", by=ann),
        lambda: delete_account(db, bob, Code.KEEP),
    )
    assert [type(one) for one in errors] in ([ConflictError], [NotFoundError])
