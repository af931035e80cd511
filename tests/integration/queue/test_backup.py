"""A backup of a running service, and the service that is restored from it elsewhere."""

import fcntl
import json
import os
import resource
import signal
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cli.backup import back_up, restore
from judge.db.migrate import upgrade
from judge.db.models import Blob, Submission
from judge.db.session import Database
from judge.db.team_models import Secret
from judge.errors import ShousiError
from judge.settings import Settings
from judge.submissions.lifecycle import claim, read_submission
from judge.verdict import Verdict
from tests.support.content import MAX_ATTEMPTS, add_problem, add_user, submit
from tests.support.launched import shousi_on
from tests.support.migrated import write_database
from tests.support.postgres import PostgresServer
from tests.support.stack import PATIENCE_S, Stack, running_stack, wait_until


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    """A new home with no database, of the same kind as `database_url` is."""
    home = tmp_path / "elsewhere"
    if database_url.startswith("sqlite"):
        return Settings(home=home, database_url=f"sqlite:///{home}/shousi.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return Settings(home=home, database_url=server.new_database())


@contextmanager
def serving_what_is_there(settings: Settings) -> Iterator[Stack]:
    """Broker and worker on a database that has a problem already."""
    stack = Stack(settings.home, settings.database_url)
    stack.broker.start_and_wait()
    try:
        stack.start_worker()
        yield stack
    finally:
        stack.stop()


def test_what_was_kept_is_judged_elsewhere(
    tmp_path: Path, database_url: str, elsewhere: Settings
) -> None:
    file = tmp_path / "night.zip"
    with running_stack(tmp_path, database_url) as before:
        worker = before.start_worker()
        done = before.submit("")
        assert before.done(done.id).verdict is Verdict.AC
        worker.terminate()
        worker.wait(PATIENCE_S)
        waiting = before.store("", user_id=add_user(before.db, "eve"))
        begun = before.store("")
        claimed = claim(
            before.db, begun.judging_id, worker="w", lease_s=1.0, max_attempts=MAX_ATTEMPTS
        )
        assert claimed is not None
        made = back_up(before.settings, file)
        after_it = before.store("")
    assert made.database == before.db.url.get_backend_name()
    assert restore(elsewhere, file).schema == made.schema
    with serving_what_is_there(elsewhere) as after:
        assert after.view(done.id).verdict is Verdict.AC
        assert after.done(waiting.id).attempt == 1
        # The worker that held it doesn't belong to this service: the lease runs out here.
        assert after.done(begun.id).attempt == 2
        assert read_submission(after.db, after_it.id) is None
        after.user_id = add_user(after.db, "new")
        assert after.done(after.submit("").id).verdict is Verdict.AC


def test_keys_are_named_and_made_anew(
    tmp_path: Path, database_url: str, elsewhere: Settings
) -> None:
    with closing(Database(database_url)) as db:
        upgrade(db)
        with db.write() as session:
            session.add(Secret(name="cursors", value=b"of the old service"))
    settings = Settings(home=tmp_path, database_url=database_url, metrics_token="not for you")
    file = tmp_path / "night.zip"
    made = back_up(settings, file)
    assert (made.keys, made.settings) == (("cursors",), ("SHOUSI_METRICS_TOKEN",))
    assert restore(elsewhere, file).settings == ("SHOUSI_METRICS_TOKEN",)
    with closing(Database(elsewhere.database_url)) as db, db.read() as session:
        assert session.scalars(select(Secret)).all() == []
    with zipfile.ZipFile(file) as archive:
        assert "not for you" not in archive.read("manifest.json").decode()
        # Nor in a page that SQLite no longer uses.
        assert b"of the old service" not in archive.read("database")


def test_a_backup_is_one_moment_while_others_write(tmp_path: Path) -> None:
    database = tmp_path / "shousi.db"
    write_database(database)
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{database}")
    ended = threading.Event()
    with closing(Database(settings.database_url)) as db:
        add_problem(db)
        user = add_user(db)
        with db.write() as session:
            session.add_all(
                Blob(sha256=str(n), size_bytes=0, data=os.urandom(1 << 20), created_at=0)
                for n in range(24)
            )

        def write() -> None:
            while not ended.is_set():
                submit(db, user)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            wait_until(lambda: _submissions(db) > 0, "the first submission")
            back_up(settings, tmp_path / "night.zip")
        finally:
            ended.set()
            writer.join()
        sent = _submissions(db)
    home = tmp_path / "elsewhere"
    copy = Settings(home=home, database_url=f"sqlite:///{home}/shousi.db")
    restore(copy, tmp_path / "night.zip")
    with closing(sqlite3.connect(home / "shousi.db")) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert found.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(Database(copy.database_url)) as db:
        assert 0 < _submissions(db) <= sent


def _submissions(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def test_nothing_is_overwritten_by_what_is_restored(small: Settings, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    back_up(small, file)
    kept = (small.home / "shousi.db").read_bytes()
    with pytest.raises(ShousiError, match="is not empty: set SHOUSI_HOME"):
        restore(small, file)
    outside = Settings(home=tmp_path / "new", database_url=small.database_url)
    with pytest.raises(ShousiError, match="is there already"):
        restore(outside, file)
    assert (small.home / "shousi.db").read_bytes() == kept


def test_a_full_database_of_postgresql_is_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", database_url=postgres.new_database())
    with closing(Database(settings.database_url)) as db:
        upgrade(db)
        user = add_user(db)
        file = tmp_path / "night.zip"
        back_up(settings, file)
        with pytest.raises(ShousiError, match="is not empty: a backup is restored into a new"):
            restore(settings, file)
        with db.read() as session:
            assert session.execute(select(func.count()).select_from(Submission)).scalar() == 0
        assert user


def _changed(file: Path, **entries: bytes | None) -> Path:
    """A copy of a backup with other entries; None leaves one out."""
    copy = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = entries.get(name.partition(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return copy


def _manifest(file: Path, **changed: object) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return json.dumps(json.loads(archive.read("manifest.json")) | changed).encode()


def test_what_is_no_whole_backup_is_refused(small: Settings, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    back_up(small, file)
    whole = file.read_bytes()
    into = Settings(home=tmp_path / "new", database_url=f"sqlite:///{tmp_path}/new/shousi.db")

    def refused(backup: Path, why: str) -> None:
        with pytest.raises(ShousiError, match=why) as caught:
            restore(into, backup)
        assert "\n" not in str(caught.value)
        assert not into.home.exists() or not list(into.home.iterdir())

    refused(tmp_path / "nothing.zip", "can't be read: No such file")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    refused(cut, "no backup of this service, or a part of one")
    cut.write_bytes(whole[:2000] + bytes(100) + whole[2100:])
    refused(cut, "is damaged")
    refused(_changed(file, manifest=None), "is no backup of this service")
    refused(_changed(file, database=None), "is no backup of this service")
    refused(_changed(file, manifest=_manifest(file, format=2)), "another release's format")
    refused(_changed(file, manifest=_manifest(file, schema="v9999")), "newer release .schema v9999")
    refused(_changed(file, manifest=_manifest(file, database="postgresql")), "leads to sqlite")


def _allow_small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


@pytest.mark.parametrize(
    ("file", "limit", "why"),
    [
        ("nowhere/night.zip", None, "can't be written: No such file or directory"),
        # As on a full disk: the file can't be made longer.
        ("night.zip", _allow_small_files_only, "can't be written"),
    ],
)
def test_what_can_not_be_written_is_told_in_a_line(
    small: Settings, tmp_path: Path, file: str, limit: Callable[[], None] | None, why: str
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "night.zip").write_text("the night before")
    with shousi_on(small, "admin", "backup", str(folder / file), before=limit) as process:
        said, told = process.communicate(timeout=60)
    assert (process.returncode, said) == (2, "")
    assert why in told
    assert told.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["night.zip"]
    assert (folder / "night.zip").read_text() == "the night before"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_backup_cut_short_leaves_the_one_before(
    small: Settings, tmp_path: Path, how: signal.Signals
) -> None:
    with closing(Database(small.database_url)) as db, db.write() as session:
        session.add_all(
            Blob(sha256=str(n), size_bytes=0, data=os.urandom(4 << 20), created_at=0)
            for n in range(24)
        )
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "night.zip").write_text("the night before")
    with shousi_on(small, "admin", "backup", str(folder / "night.zip")) as process:
        wait_until(lambda: bool(list(folder.glob(".night.zip.*/database"))), "it to begin")
        process.send_signal(how)
        process.communicate(timeout=60)
    assert process.returncode in {128 + how, -how}
    assert (folder / "night.zip").read_text() == "the night before"
    for left in folder.glob(".*"):
        assert how == signal.SIGKILL
        os.utime(left, (1.0, 1.0))
    back_up(small, folder / "tomorrow.zip")
    assert sorted(path.name for path in folder.iterdir()) == ["night.zip", "tomorrow.zip"]


def test_only_what_was_left_is_removed(small: Settings, tmp_path: Path) -> None:
    """Other folders with a similar name stay, and so does that of a running backup."""
    folder = tmp_path / "backups"
    names = [".night.zip.abcdefgh", ".a.shousi-backup-abc", ".b.shousi-backup-01234567", "c"]
    for name in names:
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (1.0, 1.0))
    (folder / ".link.shousi-backup-01234567").symlink_to(folder / "c")
    begun = os.open(folder / names[2], os.O_RDONLY)
    try:
        fcntl.flock(begun, fcntl.LOCK_EX)
        back_up(small, folder / "night.zip")
        assert (folder / names[2]).exists()
    finally:
        os.close(begun)
    back_up(small, folder / "night.zip")
    left = {path.name for path in folder.iterdir()}
    assert left == {*names, ".link.shousi-backup-01234567", "night.zip"} - {names[2]}


@pytest.mark.parametrize(
    ("found", "why"),
    [(None, "There is no pg_dump here: "), (9, "pg_dump here is of version 9, and the server of ")],
)
def test_a_pg_dump_that_can_not_do_it_is_told(
    postgres: PostgresServer, tmp_path: Path, found: int | None, why: str
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=postgres.new_database())
    with closing(Database(settings.database_url)) as db:
        upgrade(db)
    programs = tmp_path / "programs"
    programs.mkdir()
    if found is not None:
        script = programs / "pg_dump"
        script.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {found}.4'\n")
        script.chmod(0o755)
    words = ("admin", "backup", str(tmp_path / "night.zip"))
    with shousi_on(settings, *words, PATH=str(programs)) as process:
        said, told = process.communicate(timeout=60)
    assert (process.returncode, said) == (2, "")
    assert why in told
    assert "of version" in told
    assert told.count("\n") == 1
    assert not list(tmp_path.glob("*.zip"))


def test_there_is_no_service_to_back_up(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, database_url=f"sqlite:///{home}/shousi.db")
    with pytest.raises(ShousiError, match="There is no service to back up"):
        back_up(settings, tmp_path / "night.zip")
    assert list(tmp_path.iterdir()) == []
