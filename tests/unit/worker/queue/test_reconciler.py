"""A worker's rounds: what fails in one keeps nothing else from being done."""

from pathlib import Path

from sqlalchemy import update

from judge.accounts import guests, users
from judge.audit import list_acts, note_act
from judge.db import models
from judge.db.session import Database
from judge.db.team_models import AuditEntry
from judge.settings import Settings
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
