"""Who gets the first admin's token: the service's first start, and not each host's."""

from pathlib import Path

from cli.launcher.serve import first_keys
from judge.db.session import Database
from judge.settings import Settings


def test_only_the_first_of_several_hosts_gets_keys(db: Database, tmp_path: Path) -> None:
    here, there = (Settings(home=tmp_path / name) for name in ("here", "there"))
    for each in (here, there):
        each.home.mkdir()
    keys = first_keys(db, here)
    assert keys is not None
    assert keys.token in (here.home / "admin-token").read_text()
    assert first_keys(db, here) is None
    # With SQLite the database lies in the home: who looks there is on the same host.
    assert (first_keys(db, there) is None) == db.is_postgres
