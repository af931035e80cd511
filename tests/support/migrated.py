"""New SQLite databases for tests. The migrations are run once: they take longer than most tests."""

import tempfile
from functools import cache
from pathlib import Path

from judge.db.migrate import upgrade
from judge.db.session import Database


def write_database(path: Path) -> None:
    """A migrated database with nothing in it."""
    path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        database.close()  # which leaves all of it in the one file
        assert [file.name for file in Path(folder).iterdir()] == [path.name]
        return path.read_bytes()
