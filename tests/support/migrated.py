"""New SQLite databases for tests. Migrations run only once: they take longer than most tests."""

import tempfile
from functools import cache
from pathlib import Path

from judge.db.migrate import upgrade
from judge.db.session import Database


def write_database(path: Path) -> None:
    """Write an empty, migrated database to `path`."""
    path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        database.close()  # merges the write-ahead log into the one file
        assert [file.name for file in Path(folder).iterdir()] == [path.name]
        return path.read_bytes()
