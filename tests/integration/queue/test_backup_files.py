"""A backup must not be readable by others, destroy a database or reveal a password, and changed
bytes in it must not cause a traceback.
"""

import os
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, make_url

from cli.backup import back_up, restore
from judge.db.migrate import schema_of, upgrade
from judge.db.session import Database
from judge.errors import ShousiError
from judge.settings import Settings
from tests.support.launched import shousi_on
from tests.support.postgres import PostgresServer


def test_changed_bytes_are_told_in_a_line(small: Settings, tmp_path: Path) -> None:
    """Also if they change the zip's own fields: method, version, encryption, sizes."""
    file, damaged = tmp_path / "night.zip", tmp_path / "damaged.zip"
    back_up(small, file)
    whole = file.read_bytes()
    into = Settings(home=tmp_path / "new", database_url=f"sqlite:///{tmp_path}/new/shousi.db")
    for place in (*range(60), *range(whole.index(b"PK\1\2"), len(whole))):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        # Some bytes, such as those of a date, mean nothing to us.
        with suppress(ShousiError):
            restore(into, damaged)
            (into.home / "shousi.db").unlink()
        assert not into.home.exists() or not list(into.home.iterdir())


def test_only_its_owner_reads_a_backup(small: Settings, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    before = os.umask(0o022)
    try:
        back_up(small, file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["shousi.db", "shousi.db-wal", "link.db"])
def test_no_backup_replaces_the_database(small: Settings, name: str) -> None:
    kept = (small.home / "shousi.db").read_bytes()
    (small.home / "link.db").symlink_to("shousi.db")
    (small.home / "here").symlink_to(".")
    linked = Settings(home=small.home, database_url=f"sqlite:///{small.home}/link.db")
    for settings in (small, linked):
        with pytest.raises(ShousiError, match="belongs to the service's database"):
            back_up(settings, small.home / "here" / name)
    assert (small.home / "shousi.db").read_bytes() == kept


def test_nothing_but_a_file_is_replaced(small: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link", "home"):
        before = (tmp_path / name).lstat()
        with pytest.raises(ShousiError, match="is there already, and no ordinary file"):
            back_up(small, tmp_path / name)
        assert (tmp_path / name).lstat().st_ino == before.st_ino


def test_a_backup_names_no_schema_but_its_own(database_url: str, tmp_path: Path) -> None:
    """An upgrade may end after the backup has begun."""
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    file = tmp_path / "night.zip"
    with closing(Database(database_url)) as db:
        upgrade(db, "0017")

        def upgrade_meanwhile(_connection: object, _cursor: object, what: str, *_: object) -> None:
            if "FROM secret" in what:
                upgrade(db)

        event.listen(Engine, "before_cursor_execute", upgrade_meanwhile)
        try:
            with pytest.raises(ShousiError, match="upgraded meanwhile: make the backup again"):
                back_up(settings, file)
        finally:
            event.remove(Engine, "before_cursor_execute", upgrade_meanwhile)
        assert not file.exists()
        assert back_up(settings, file).schema == schema_of(db)


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_nothing_of_another_database_stays_beside_a_restored_one(
    small: Settings, tmp_path: Path, end: str
) -> None:
    """SQLite would apply an existing log, which would bring back the old data."""
    file = tmp_path / "night.zip"
    back_up(small, file)
    data = tmp_path / "data"
    data.mkdir()
    (data / f"shousi.db{end}").write_text("of another database")
    into = Settings(home=tmp_path / "new", database_url=f"sqlite:///{data}/shousi.db")
    with pytest.raises(ShousiError, match=f"shousi.db{end} is there already"):
        restore(into, file)


def test_nobody_sees_the_password_among_a_command_s_arguments(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = make_url(postgres.new_database())
    with closing(Database(url.render_as_string(hide_password=False))) as db:
        upgrade(db)
    said = tmp_path / "said"
    script = tmp_path / "pg_dump"
    script.write_text(f'#!/bin/sh\necho "pg_dump 99"\necho "$* / $PGPASSWORD" >>{said}\n')
    script.chmod(0o755)
    for given in (url.set(password="geheim"), url.update_query_dict({"password": "geheim"})):
        where = given.render_as_string(hide_password=False)
        settings = Settings(home=tmp_path / "home", database_url=where)
        words = ("admin", "backup", str(tmp_path / "night.zip"))
        with shousi_on(settings, *words, PATH=f"{tmp_path}:/usr/bin:/bin") as process:
            assert process.communicate(timeout=60)[1] == ""
        arguments, _, password = said.read_text().splitlines()[-1].partition(" / ")
        assert "--dbname" in arguments
        assert "geheim" not in arguments
        assert password == "geheim"
