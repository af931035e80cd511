"""A worker's rounds: if one step fails, the others are still done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from judge.accounts import guests, users
from judge.audit import list_acts, note_act
from judge.db import models
from judge.db.session import Database
from judge.db.team_models import AuditEntry, TeamEvent
from judge.settings import Settings
from judge.states import Purpose
from judge.submissions import lifecycle
from judge.submissions.batches import Source, send_batch
from judge.submissions.lifecycle import Submittal
from judge.teams import membership
from tests.support.content import add_problem, add_user, store, sure_claim, verdict
from tests.support.migrated import write_database
from tests.support.stack import wait_until
from worker.queue.reconciler import Reconciler


def test_a_row_that_can_not_be_deleted_keeps_no_other(tmp_path: Path) -> None:
    write_database(tmp_path / "shousi.db")
    settings = Settings(home=tmp_path, reconcile_s=0.01, retime_after_s=0.0, audit_kept_days=1.0)
    db = Database(settings.database_url)
    admin, guest = users.create_admin(db, "ada"), guests.create_guest(db)
    with db.write() as session:
        session.execute(update(models.User).values(created_at=1.0))
        # A guest has no such row, and cannot be deleted with one.
        link = {"issuer": "i", "subject": "s", "user_id": guest.id, "created_at": 1.0}
        session.add(models.LinkedIdentity(**link))
        note_act(db, session, admin.id, "changeUser", "long ago")
        session.execute(update(AuditEntry).values(at=1.0))
    rounds = Reconciler(db, settings, "w", lambda: iter(()), lambda: "", dict, dict)
    rounds.start()
    try:
        wait_until(lambda: not list_acts(db).items, "old acts to be deleted")
    finally:
        rounds.stop()
        db.close()


def old_run(db: Database, user: str) -> None:
    sent = store(db, Submittal(user, "sum", "python3", "print(2)", Purpose.RUN, own_input="3 4"))
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    with db.write() as session:
        session.execute(update(models.Submission).values(created_at=1.0))


def old_batch(db: Database, user: str) -> None:
    _, (sent,) = send_batch(db, user, "sum", [Source("python3", "print(2)")])
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    with db.write() as session:
        session.execute(update(models.Submission).values(created_at=1.0))


def old_events(db: Database, user: str) -> None:
    old_run(db, user)
    with db.write() as session:
        session.execute(update(models.Event).values(at=1.0))


def old_team_events(db: Database, user: str) -> None:
    team = membership.create_team(db, user, "Friday")
    with db.write() as session:
        session.add(TeamEvent(team_id=team.id, user_id=user, kind="accepted", data={}, at=1.0))


def old_act(db: Database, user: str) -> None:
    with db.write() as session:
        note_act(db, session, user, "changeUser", "long ago")
        session.execute(update(AuditEntry).values(at=1.0))


@pytest.mark.parametrize(
    ("setting", "make_old", "table"),
    [
        ("runs_kept_days", old_run, models.Submission),
        ("batches_kept_days", old_batch, models.Submission),
        ("events_kept_days", old_events, models.Event),
        ("events_kept_days", old_team_events, TeamEvent),
        ("audit_kept_days", old_act, AuditEntry),
    ],
)
def test_each_setting_deletes_what_is_old(
    tmp_path: Path, setting: str, make_old: Callable[[Database, str], None], table: type
) -> None:
    write_database(tmp_path / "shousi.db")
    given: dict[str, Any] = {setting: 1.0}
    settings = Settings(home=tmp_path, reconcile_s=0.01, retime_after_s=0.0, **given)
    db = Database(settings.database_url)
    add_problem(db)
    make_old(db, add_user(db, "ann"))

    def rows() -> int | None:
        with db.read() as session:
            return session.scalar(select(func.count()).select_from(table))

    assert rows()
    rounds = Reconciler(db, settings, "w", lambda: iter(()), lambda: "", dict, dict)
    rounds.start()
    try:
        wait_until(lambda: rows() == 0, "old rows to be deleted")
    finally:
        rounds.stop()
        db.close()
