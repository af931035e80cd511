"""Backup and restore: all that the service keeps, in one file.

All of it is in the database, the problems' packages too. A backup is a zip with two entries,
`manifest.json` and `database`: an SQLite database, or what `pg_dump` makes of one of PostgreSQL.
It is the state of one moment, and nobody waits meanwhile: SQLite is copied within one read
transaction, which neither stops writers nor has to begin again after them.

The file is written beside its place, synced and renamed: under its name there is a whole backup or
none. What is restored gets its name in the same way, or is one transaction of PostgreSQL.

Left out are the values of the service's own keys, which are made anew, and the list of workers.
The manifest names those keys, and the settings that hold a password or token.
"""

import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, inspect, make_url, select

from judge.db.migrate import refuse_newer, schema_of
from judge.db.models import Worker
from judge.db.session import Database
from judge.db.team_models import Secret
from judge.errors import ShousiError
from judge.private_home import keep_private, make_private_file
from judge.settings import Settings, without_password

_FORMAT = 1
_MANIFEST, _DATABASE = "manifest.json", "database"
_LEFT_OUT = (Secret.__tablename__, Worker.__tablename__)
# Behind it stand the eight characters of `tempfile`. Nobody else calls a hidden folder so.
_MARK = ".shousi-backup-"
_RANDOM = re.compile(r"[a-z0-9_]{8}")
_PAGES_AT_A_TIME = 1024
"""Of 4 KiB. Between two steps a signal is noticed."""
_LOCKED_BY_NOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: when it was made (epoch seconds), `database` is sqlite or
    postgresql, `schema` its version. `settings` and `keys` are the names of the secrets whose
    values are not in it."""

    made_at: float
    database: str
    schema: str
    settings: tuple[str, ...]
    keys: tuple[str, ...]
    format: int = _FORMAT


def back_up(settings: Settings, file: Path) -> Manifest:
    """Write the database of these settings into `file`, in whose place a whole backup appears.

    Raises ShousiError, which names what can't be read or written; `file` is then as it was before.
    """
    where = without_password(settings.database_url)
    nothing = ShousiError(f"There is no service to back up in {where}")
    url = make_url(settings.database_url)
    # To connect would make it.
    if url.get_backend_name() == "sqlite" and not _sqlite_file(url).exists():
        raise nothing
    with closing(Database(settings.database_url, keep_connections=False)) as db:
        schema = schema_of(db)
        if schema is None:
            raise nothing
        refuse_newer(schema)
        if db.is_postgres:
            _check_pg_dump(db)
        with db.read() as session:
            keys = tuple(session.scalars(select(Secret.name).order_by(Secret.name)))
    manifest = Manifest(
        time.time(), db.url.get_backend_name(), schema, _secret_settings(settings), keys
    )
    with _beside(file) as folder:
        packed = folder / "backup"
        # What pg_dump writes is compressed already.
        method = zipfile.ZIP_STORED if db.is_postgres else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(packed, "w", method, compresslevel=1) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
            if db.is_postgres:
                with archive.open(_DATABASE, "w", force_zip64=True) as sink:
                    _dump_postgres(db.url, sink)
            else:
                copy = folder / _DATABASE
                _copy_sqlite(_sqlite_file(db.url), copy)
                archive.write(copy, _DATABASE)
        _put(packed, file)
    return manifest


def restore(settings: Settings, file: Path) -> Manifest:
    """Make the database of these settings out of the backup `file`.

    Raises ShousiError where the home or the database has something in it already, where `file` is
    no whole backup, of another kind of database or of a newer release; nothing is changed then.
    """
    with _opened(file) as (archive, manifest):
        refuse_newer(manifest.schema)
        url = make_url(settings.database_url)
        if manifest.database != url.get_backend_name():
            raise ShousiError(
                f"{file} is a backup of {manifest.database}, and SHOUSI_DATABASE_URL leads to "
                f"{url.get_backend_name()}"
            )
        home = settings.home
        if home.exists() and any(home.iterdir()):
            raise ShousiError(
                f"{home} is not empty: set SHOUSI_HOME to a new folder to restore a backup into"
            )
        keep_private(home)
        if manifest.database == "postgresql":
            _load_postgres(settings.database_url, archive)
        else:
            _place_sqlite(_sqlite_file(url), archive)
    return manifest


def _secret_settings(settings: Settings) -> tuple[str, ...]:
    """The settings that are set to, or hold, what nobody should read."""

    def is_secret(name: str) -> bool:
        value = getattr(settings, name)
        hidden = not Settings.model_fields[name].repr and value is not None
        if name == "oidc":
            return any(one.client_secret for one in settings.oidc.values())
        return hidden or (isinstance(value, str) and without_password(value) != value)

    return tuple(f"SHOUSI_{name.upper()}" for name in Settings.model_fields if is_secret(name))


def _sqlite_file(url: URL) -> Path:
    if not url.database:
        raise ShousiError("SHOUSI_DATABASE_URL must name a file: sqlite:///PATH")
    return Path(url.database)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A private folder beside `file`, on the same file system; it goes with all that is left in it.

    It is locked for as long as this process lives: one that nobody has locked was left by SIGKILL,
    and goes now. What can't be written there becomes a ShousiError that names `file`.
    """
    try:
        _remove_leftovers(file.parent)
        with tempfile.TemporaryDirectory(prefix=f".{file.name}{_MARK}", dir=file.parent) as folder:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                with suppress(OSError):  # without locks there, none is taken for a leftover
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield Path(folder)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise ShousiError(f"{file} can't be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise ShousiError(f"{file} can't be written: {error}") from error


def _remove_leftovers(parent: Path) -> None:
    now = time.time()
    for folder in parent.iterdir():
        file, mark, random = folder.name.rpartition(_MARK)
        if not (file.startswith(".") and mark and _RANDOM.fullmatch(random)):
            continue
        # Gone meanwhile, somebody else's, or locked: then it is left.
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A new one is locked a moment after it is made.
                if now - os.fstat(descriptor).st_mtime > _LOCKED_BY_NOW_S:
                    shutil.rmtree(folder)
            finally:
                os.close(descriptor)


def _put(written: Path, file: Path) -> None:
    """Give a file its name, once its bytes are on the disk."""
    _sync(written)
    written.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_sqlite(database: Path, copy: Path) -> None:
    make_private_file(copy)
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        target.execute("PRAGMA synchronous=OFF")  # what is cut short is thrown away
        # Without this transaction the copying begins anew whenever somebody writes.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        # A function is called between the steps, so that Python sees signals there.
        source.backup(target, pages=_PAGES_AT_A_TIME, progress=lambda *_: None)
        target.execute("PRAGMA journal_mode=DELETE")
        target.execute("PRAGMA secure_delete=ON")
        for table in _LEFT_OUT:
            target.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables


def _place_sqlite(database: Path, archive: zipfile.ZipFile) -> None:
    if database.exists():
        raise ShousiError(f"{database} is there already: restore into a new home")
    with _beside(database) as folder:
        copy = folder / _DATABASE
        make_private_file(copy)
        with archive.open(_DATABASE) as source, copy.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        _put(copy, database)


def _check_pg_dump(db: Database) -> None:
    """Raises ShousiError where there is no pg_dump, or one that is too old for the server."""
    with db.read() as session:
        version = session.connection().dialect.server_version_info
    assert version is not None
    server = int(version[0])
    remedy = (
        f"install PostgreSQL's client programs of version {server} or newer, or run this where "
        "they are, with SHOUSI_DATABASE_URL set to the server"
    )
    try:
        said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ShousiError(f"There is no pg_dump here: {remedy}") from error
    found = re.search(r"(\d+)", said.stdout)
    if found is not None and int(found[1]) < server:
        raise ShousiError(
            f"pg_dump here is of version {found[1]}, and the server of {server}: {remedy}"
        )


def _dump_postgres(url: URL, sink: IO[bytes]) -> None:
    excluded = [f"--exclude-table-data={table}" for table in _LEFT_OUT]
    with _postgres_program("pg_dump", url, "--format=custom", *excluded) as dump:
        assert dump.stdout is not None
        shutil.copyfileobj(dump.stdout, sink)


def _load_postgres(database_url: str, archive: zipfile.ZipFile) -> None:
    with closing(Database(database_url, keep_connections=False)) as db:
        with db.read() as session:
            found = inspect(session.connection()).get_table_names()
        if found:
            raise ShousiError(
                f"{without_password(database_url)} is not empty: a backup is restored into a new "
                "database"
            )
        # All of it or nothing, and owned by whoever restores it.
        how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        with _postgres_program("pg_restore", db.url, *how) as load, archive.open(_DATABASE) as dump:
            assert load.stdin is not None
            try:
                shutil.copyfileobj(dump, load.stdin)
                load.stdin.close()
            except BrokenPipeError:
                pass  # it has ended, and its status says why


@contextmanager
def _postgres_program(name: str, url: URL, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs on this database while the block speaks with it. Raises
    ShousiError with what it says, if it fails or isn't there."""
    # As a variable: everybody on the machine may read the words of a command.
    variables = {**os.environ, "PGPASSWORD": url.password} if url.password else None
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [name, f"--dbname={where}", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=variables,
            )
        except FileNotFoundError as error:
            raise ShousiError(
                f"There is no {name} here: install PostgreSQL's client programs, of the server's "
                "version or a newer one"
            ) from error
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            said.seek(0)
            words = " ".join(said.read().decode(errors="replace").split())
            raise ShousiError(words or f"{name} ended with status {process.returncode}")


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup, all of whose bytes were found to be what was written."""
    try:
        archive = zipfile.ZipFile(file)
    except OSError as error:
        raise ShousiError(f"{file} can't be read: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise ShousiError(f"{file} is no backup of this service, or a part of one") from error
    with archive:
        try:
            told: dict[str, Any] = json.loads(archive.read(_MANIFEST))
            archive.getinfo(_DATABASE)
            if told["format"] != _FORMAT:
                raise ShousiError(f"{file} has another release's format: restore it with that")
            # JSON has no tuples.
            names = {name: tuple(told[name]) for name in ("settings", "keys")}
            manifest = Manifest(**told | names)
        except (KeyError, TypeError, ValueError) as error:
            raise ShousiError(f"{file} is no backup of this service") from error
        except (zipfile.BadZipFile, zlib.error) as error:
            raise ShousiError(f"{file} is damaged: {error}") from error
        try:
            damaged = archive.testzip()
        except (OSError, zlib.error) as error:
            raise ShousiError(f"{file} is damaged: {error}") from error
        if damaged is not None:
            raise ShousiError(f"{file} is damaged: its {damaged} has changed since it was written")
        yield archive, manifest
