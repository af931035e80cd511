"""Brings a database's schema to this code's version."""

import re
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from judge.db.session import Database
from judge.errors import ShousiError

# Any constant does, if all processes that migrate a PostgreSQL database use the same one.
_ADVISORY_LOCK = 0x5104051
_OUR_SCHEMAS = re.compile(r"\d{4}")


def upgrade(db: Database, revision: str = "head") -> None:
    """Run the migrations that `db` lacks, in one transaction. Of two callers at once, the second
    waits. Raises UnavailableError, and ShousiError for a database of a newer release or of another
    program."""
    config = _config()
    with db.write() as session:
        if db.is_postgres:
            # Migrating a large table may take longer than the time limits of a request, and so may
            # the wait for another process that migrates.
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("SET LOCAL lock_timeout = 0"))
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            # A table's lock is another matter: while we wait for it, all others wait behind us.
            session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
        _refuse_newer(_found(session), ScriptDirectory.from_config(config))
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)


def check_schema(db: Database, *, is_current: bool) -> None:
    """Raise ShousiError for a database of a newer release or of another program; with `is_current`
    also for one that still needs migrations. Raises UnavailableError."""
    scripts = ScriptDirectory.from_config(_config())
    found = schema_of(db)
    _refuse_newer(found, scripts)
    head = scripts.get_current_head()
    if is_current and found != head:
        raise ShousiError(
            f"The database is not up to date (schema {found or 'none'}, this release needs "
            f"{head}): run `shousi admin prepare`"
        )


def schema_of(db: Database) -> str | None:
    """The database's schema version; None where it has no schema yet. Raises UnavailableError, and
    ShousiError for a database of another program."""
    with db.read() as session:
        return _found(session)


def refuse_newer(schema: str | None) -> None:
    """Raise ShousiError for a schema version that only a newer release knows."""
    _refuse_newer(schema, ScriptDirectory.from_config(_config()))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _found(session: Session) -> str | None:
    connection = session.connection()
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        # Our tables and their version are created in one transaction: no version, no tables.
        tables = inspect(connection).get_table_names()
        is_others = any(table != "alembic_version" for table in tables)
    else:
        is_others = _OUR_SCHEMAS.fullmatch(found) is None
    if is_others:
        raise ShousiError(
            "The database is another program's: its tables are not ours. Set SHOUSI_DATABASE_URL "
            "to a database of this service, or to an empty one"
        )
    return found


def _refuse_newer(found: str | None, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise ShousiError(
            f"The database is of a newer release (schema {found}, this release knows up to "
            f"{scripts.get_current_head()}): run that release, or restore a backup from before it"
        )
