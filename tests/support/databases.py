"""Which database the services of the tests have: SQLite in their home, as with one command, or with
`SHOUSI_TESTS_DATABASE=postgres` one each on a PostgreSQL server.

What is about one kind of database names it itself, and unit tests run on both.
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
    """The server of this process of the tests; the test is left out where there is none."""
    if not _running:
        try:
            server = PostgresServer()
        except PostgresMissingError as error:
            missing(f"PostgreSQL: {error}")
        server.start()
        _running.append(server)
    return _running[0]


def close_postgres_server() -> None:
    """Stop it, if any test wanted it."""
    while _running:
        _running.pop().close()


@cache
def database_url_of(home: Path) -> str:
    """The database of the service that lives in `home`: each time the same."""
    if KIND == "sqlite":
        return f"sqlite:///{home}/shousi.db"
    return postgres_server().new_database()


def settings_of(home: Path, **others: Any) -> Settings:
    """The settings of the service that lives in `home`."""
    return Settings(home=home, database_url=database_url_of(home), **others)
