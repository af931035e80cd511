"""Brings a database's schema to this code's version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from judge.db.session import Database

# Any constant does; all processes that migrate one PostgreSQL database must agree on it.
_ADVISORY_LOCK = 0x5104051


def upgrade(db: Database, revision: str = "head") -> None:
    """Run the migrations that are missing in `db`, in one transaction. Of two callers at once, the
    second waits. Raises UnavailableError."""
    with db.write() as session:
        if db.is_postgres:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            # A migration of a large table may take longer than any request may.
            session.execute(text("SET LOCAL statement_timeout = 0"))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)
