"""Webhooks that change while there is something to send. Only on PostgreSQL: SQLite has one
writer.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from judge.db.models import Problem
from judge.db.session import Database
from judge.db.team_models import Invitation
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import NotFoundError
from judge.submissions import lifecycle
from judge.teams import events, invitations, membership
from judge.webhooks import hooks
from judge.webhooks.deliveries import claim_due
from judge.webhooks.hooks import EventKind, HookPlan
from judge.webhooks.telling import tell
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict
from tests.support.waiting import begin

URL = "https://example.org/hook"
SENDERS = 4


@pytest.fixture
def db(postgres_db: Database) -> Database:
    add_problem(postgres_db)
    return postgres_db


def hold_the_problem(session: Session) -> None:
    """A verdict then waits after it has read which webhooks get a message."""
    session.get(Problem, "sum", with_for_update=True)


def hold_teams_events(session: Session) -> None:
    """A verdict then waits after it has written its messages."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": events.ADVISORY_LOCK})


@pytest.mark.parametrize("hold", [hold_the_problem, hold_teams_events])
def test_a_webhook_is_deleted_while_it_is_told(
    db: Database, hold: Callable[[Session], None]
) -> None:
    ann = add_user(db, "ann")
    membership.create_team(db, ann, "Friday group")
    _, hook = hooks.create_hook(db, ann, HookPlan(URL, [EventKind.ACCEPTED]))
    claimed = sure_claim(db, submit(db, ann).judging_id)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            hold(session)
            judged, deleted = begin(
                db,
                pool,
                lambda: lifecycle.finish(db, claimed, verdict()),
                lambda: hooks.delete_hook(db, ann, hook.id),
            )
        assert judged.result()
        deleted.result()
    assert hooks.list_hooks(db, ann) == []


def test_a_user_has_one_message_sent_at_a_time(db: Database) -> None:
    ann = add_user(db, "ann")
    _, hook = hooks.create_hook(db, ann, HookPlan(URL, [EventKind.ACCEPTED]))
    ready = Barrier(SENDERS)

    def send(number: int) -> object:
        ready.wait()
        return claim_due(db, f"sender {number}")

    with ThreadPoolExecutor(SENDERS) as pool:
        for _ in range(20):
            with db.write() as session:
                row = session.get_one(Webhook, hook.id)
                for number in range(SENDERS):
                    tell(db, session, [row], EventKind.ACCEPTED, {"number": number})
            claimed = [one for one in pool.map(send, range(SENDERS)) if one is not None]
            assert len(claimed) == 1
            with db.write() as session:
                session.execute(delete(Delivery))


def test_a_webhook_of_a_team_is_made_while_the_team_is_deleted(db: Database) -> None:
    ann = add_user(db, "ann")
    team = membership.create_team(db, ann, "Friday group")
    invitations.invite_to_team(db, team, by=ann)
    plan = HookPlan(URL, [EventKind.ACCEPTED], team=team.slug)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            # The deletion waits here, when it has looked at the team's webhooks.
            session.scalars(select(Invitation).with_for_update()).all()
            deleted, made = begin(
                db,
                pool,
                lambda: membership.delete_team(db, team, by=ann),
                lambda: hooks.create_hook(db, ann, plan),
            )
        deleted.result()
        with pytest.raises(NotFoundError):
            made.result()
