"""Who gets the first admin's keys: the service's first start, and not each host's."""

from pathlib import Path

from cli.launcher.serve import awaits_keys, first_keys
from judge.accounts import users
from judge.accounts.users import TokenKind
from judge.db.session import Database
from judge.settings import Settings


def test_only_the_first_of_several_hosts_gets_keys(db: Database, tmp_path: Path) -> None:
    here, there = (Settings(home=tmp_path / name) for name in ("here", "there"))
    for each in (here, there):
        each.home.mkdir()
    assert awaits_keys(db, here)
    keys = first_keys(db, here)
    assert keys.token in (here.home / "admin-token").read_text()
    assert (here.home / "admin-token").stat().st_mode & 0o777 == 0o600
    assert not awaits_keys(db, here)
    # With SQLite the database is in the home, so only processes on the same host use it.
    assert awaits_keys(db, there) == (not db.is_postgres)


def test_an_api_that_makes_the_admin_meanwhile_takes_no_keys_away(
    db: Database, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, admin_password="long enough")
    assert awaits_keys(db, settings)
    made = users.ensure_admin(db, "long enough")
    assert made is not None
    token = first_keys(db, settings).token
    (principal,) = users.principals_of(db, [(token, TokenKind.BEARER)])
    assert principal is not None
    assert principal.user_id == made.id
