"""What tests of the queue's folder share."""

from pathlib import Path

import pytest

from judge.settings import Settings
from tests.support.migrated import write_database


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A service with a database and nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    write_database(home / "shousi.db")
    return Settings(home=home, database_url=f"sqlite:///{home}/shousi.db")
