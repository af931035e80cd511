"""The database of each service that tests start: SQLite in its home, or with
`SHOUSI_TESTS_DATABASE=postgres` a database of its own on a PostgreSQL server.

Tests of one kind of database don't use this module, and unit tests run on both kinds.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from judge.settings import Settings
from tests.support.missing import missing
from tests.support.postgres import PostgresMissingError, PostgresServer

KIND = os.environ.get("SHOUSI_TESTS_DATABASE") or "sqlite"
if KIND not in ("sqlite", "postgres"):
    raise ValueError(f"SHOUSI_TESTS_DATABASE must be sqlite or postgres, not {KIND!r}")

_running: list[PostgresServer] = []


def postgres_server() -> PostgresServer:
    """Return this test process's server, started if need be; skip the test if there is none."""
    if not _running:
        try:
            server = PostgresServer()
        except PostgresMissingError as error:
            missing(f"PostgreSQL: {error}")
        server.start()
        _running.append(server)
    return _running[0]


def close_postgres_server() -> None:
    """Stop the server, if a test has started it."""
    while _running:
        _running.pop().close()


@cache
def database_url_of(home: Path) -> str:
    """Return the database URL of the service with this home, the same at each call."""
    if KIND == "sqlite":
        return f"sqlite:///{home}/shousi.db"
    return postgres_server().new_database()


def settings_of(home: Path, **others: Any) -> Settings:
    """Return the settings of the service with this home."""
    return Settings(home=home, database_url=database_url_of(home), **others)
