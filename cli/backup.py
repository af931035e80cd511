"""Backup and restore: all that the service stores, in one file.

The database holds all of it, problem packages too. A backup is a zip with two entries,
`manifest.json` and `database`: a copy of the SQLite database, or the output of `pg_dump`.
It is a snapshot of one moment and blocks nobody: one read transaction covers the copy of SQLite,
so writers go on and the copy never restarts because of them.

The backup is written to a temporary file, synced and renamed, so that its name never stands for a
partial backup. A restore renames SQLite's file the same way, or is one PostgreSQL transaction.

A backup leaves out the list of workers and the values of the service's own keys, which a restored
service makes anew. The manifest names those keys, and the settings that hold a password or token.
"""

import fcntl
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import URL, inspect, select
from sqlalchemy.util import immutabledict

from judge.db.migrate import refuse_newer, schema_of
from judge.db.models import Worker
from judge.db.session import Database, parsed_url
from judge.db.team_models import Secret
from judge.errors import ShousiError
from judge.private_home import keep_private, make_private_file
from judge.settings import Settings, without_password

_FORMAT = 1
_MANIFEST, _DATABASE = "manifest.json", "database"
_LEFT_OUT = (Secret.__tablename__, Worker.__tablename__)
# The name of a backup's temporary folder: `tempfile` adds the eight random characters.
_MARK = ".shousi-backup-"
_RANDOM = re.compile(r"[a-z0-9_]{8}")
_PAGES_AT_A_TIME = 1024
"""Of 4 KiB each. Python handles signals between two steps."""
_LOCKED_BY_NOW_S = 60.0
# What `zipfile` raises for changed bytes: they may say that the file is encrypted, or packed by a
# method that it doesn't know.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError),
    *(NotImplementedError, RuntimeError),
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The backup's `manifest.json`: `made_at` in epoch seconds, `database` sqlite or postgresql,
    `schema` its version. `settings` and `keys` name the secrets whose values are left out."""

    made_at: float
    database: str
    schema: str
    settings: tuple[str, ...]
    keys: tuple[str, ...]
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class _Formatted:
    format: int


_FORMATTED, _MANIFESTS = TypeAdapter(_Formatted), TypeAdapter(Manifest)


def back_up(settings: Settings, file: Path) -> Manifest:
    """Write a backup of these settings' database to `file`.

    Raises ShousiError, which names what can't be read or written; `file` is then unchanged.
    """
    if file.exists() and not file.is_file():
        # A device would be replaced too, such as /dev/null.
        raise ShousiError(f"{file} can't be written: it is there already, and no ordinary file")
    where = without_password(settings.database_url)
    nothing = ShousiError(f"There is no service to back up in {where}")
    url = parsed_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        # Connecting would create the file.
        if not _sqlite_file(url).exists():
            raise nothing
        if _is_of_database(file, _sqlite_file(url)):
            raise ShousiError(f"{file} belongs to the service's database: name another file")
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
        make_private_file(packed)  # it contains hashes of passwords and webhooks' secrets
        # pg_dump's output is already compressed.
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
        # The manifest was written before the data, and must not name another schema than theirs.
        with closing(Database(settings.database_url, keep_connections=False)) as db:
            if schema_of(db) != schema:
                raise ShousiError("The database was upgraded meanwhile: make the backup again")
        _put(packed, file)
    return manifest


def restore(settings: Settings, file: Path) -> Manifest:
    """Restore the backup `file` into these settings' database.

    Raises ShousiError, and changes nothing, if the home or the database isn't empty, or if `file`
    is incomplete, of another kind of database or of a newer release.
    """
    with _opened(file) as (archive, manifest):
        refuse_newer(manifest.schema)
        url = parsed_url(settings.database_url)
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
    """Return the names of the settings whose values are, or contain, secrets."""

    def is_secret(name: str) -> bool:
        value = getattr(settings, name)
        hidden = not Settings.model_fields[name].repr and value is not None
        if name == "oidc":
            return any(one.client_secret for one in settings.oidc.values())
        return hidden or (isinstance(value, str) and without_password(value) != value)

    return tuple(f"SHOUSI_{name.upper()}" for name in Settings.model_fields if is_secret(name))


def _sqlite_file(url: URL) -> Path:
    return Path(str(url.database))


def _files_of(database: Path) -> list[Path]:
    """The database's file, and those in which SQLite keeps what is not in it yet."""
    return [database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")]


def _is_of_database(file: Path, database: Path) -> bool:
    """Whether replacing `file` would destroy the database, whose path may be a link."""
    if file.exists() and file.samefile(database):
        return True
    place = file.parent.resolve() / file.name
    return place in (database.parent.resolve() / database.name, *_files_of(database.resolve()))


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A private temporary folder beside `file`, on the same file system, removed at the end.

    This process holds a lock on it. An unlocked one was left by a process that SIGKILL ended, and
    is removed first. Raises ShousiError, which names `file`, if something can't be written.
    """
    try:
        _remove_leftovers(file.parent)
        with tempfile.TemporaryDirectory(prefix=f".{file.name}{_MARK}", dir=file.parent) as folder:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                with suppress(OSError):  # without locks, `_remove_leftovers` removes nothing
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
        # OSError: the folder has gone, belongs to somebody else, or is locked and in use.
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A new folder is locked only a moment after it is made.
                if now - os.fstat(descriptor).st_mtime > _LOCKED_BY_NOW_S:
                    shutil.rmtree(folder)
            finally:
                os.close(descriptor)


def _put(written: Path, file: Path) -> None:
    """Sync `written` to the disk, then rename it to `file`."""
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
        target.execute("PRAGMA synchronous=OFF")  # an interrupted copy is deleted anyway
        # Without this transaction the copy restarts whenever somebody writes.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        # `progress` makes Python run code between the steps, and so handle signals there.
        source.backup(target, pages=_PAGES_AT_A_TIME, progress=lambda *_: None)
        target.execute("PRAGMA journal_mode=DELETE")
        target.execute("PRAGMA secure_delete=ON")
        for table in _LEFT_OUT:
            target.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables


def _place_sqlite(database: Path, archive: zipfile.ZipFile) -> None:
    # SQLite would apply another database's log to the restored one.
    for one in _files_of(database):
        if one.exists():
            raise ShousiError(f"{one} is there already: restore into a new home")
    with _beside(database) as folder:
        copy = folder / _DATABASE
        make_private_file(copy)
        with archive.open(_DATABASE) as source, copy.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        _put(copy, database)


def _check_pg_dump(db: Database) -> None:
    """Raise ShousiError if pg_dump is missing, or too old for the server."""
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
        # All or nothing, and the user who restores owns the tables.
        how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        with _postgres_program("pg_restore", db.url, *how) as load, archive.open(_DATABASE) as dump:
            assert load.stdin is not None
            try:
                shutil.copyfileobj(dump, load.stdin)
                load.stdin.close()
            except BrokenPipeError:
                pass  # pg_restore has ended, and its status says why


@contextmanager
def _postgres_program(name: str, url: URL, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs on this database; the block reads or writes its pipes.
    Raises ShousiError, with the program's error output, if it fails or is missing."""
    # Passed as a variable: everybody on the machine can read a command's arguments.
    query = dict(url.query)
    password = query.pop("password", url.password)
    variables = {**os.environ, "PGPASSWORD": str(password)} if password else None
    # Not `url.set`, which takes None for "as it is".
    where = url._replace(drivername="postgresql", password=None, query=immutabledict(query))
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [name, f"--dbname={where.render_as_string()}", *options],
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
    """Open a backup and check its checksums. Raises ShousiError if it is damaged or no backup."""
    not_ours = ShousiError(f"{file} is no backup of this service, or a part of one")
    with ExitStack() as opened:
        try:
            source = opened.enter_context(file.open("rb"))
        except OSError as error:
            raise ShousiError(f"{file} can't be read: {error.strerror or error}") from error
        try:
            archive = opened.enter_context(zipfile.ZipFile(source))
        except _DAMAGE as error:
            raise not_ours from error
        if not {_MANIFEST, _DATABASE} <= set(archive.namelist()):
            raise not_ours
        try:
            damaged = archive.testzip()
            told = archive.read(_MANIFEST)
        except _DAMAGE as error:
            raise _damaged(file, error) from error
        if damaged is not None:
            raise ShousiError(f"{file} is damaged: its {damaged} has changed since it was written")
        try:
            # The other members may be different in another format.
            if _FORMATTED.validate_json(told).format != _FORMAT:
                raise ShousiError(f"{file} has another release's format: restore it with that")
            manifest = _MANIFESTS.validate_json(told)
        except ValidationError as error:
            raise not_ours from error
        try:
            yield archive, manifest
        # The check has read larger pieces, and so may have missed a wrong size.
        except (EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> ShousiError:
    return ShousiError(f"{file} is damaged: {error or type(error).__name__}")
