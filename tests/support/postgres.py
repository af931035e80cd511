"""A private PostgreSQL server on a unix socket, for one test session."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.certificates import Certificate
from tests.support.launched import free_port

PASSWORD = "correct-horse"
"""The password of the user `judge`, for connections that need one (`remote`)."""
_MEMORY = "/dev/shm"
# As a replica it looks at no foreign keys: so the tables come in any order. To truncate them would
# write hundreds of files anew, for one test's few rows.
_EMPTY = """
SET lock_timeout = '30s';
SET session_replication_role = replica;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', each.tablename);
    END LOOP;
    FOR each IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', each.sequencename);
    END LOOP;
END $$
"""


class PostgresMissingError(Exception):
    """No PostgreSQL server is installed; the message says what is missing."""


class PostgresServer:
    """A PostgreSQL cluster in a temporary folder; if we are root, it runs as another user."""

    def __init__(
        self,
        *,
        durable: bool = False,
        remote: Certificate | None = None,
        within: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`durable`: each commit waits for the disk, as in production. `remote`: the server also
        listens on every address, with this certificate, and requires TLS and a password there.
        `within`: the folder for its data, instead of one in memory. `environment`: further
        variables for its processes."""
        self._sync = "on" if durable else "off"
        self._remote = remote
        # Another server of this machine may use the default port.
        self.port = free_port() if remote else 5432
        self._binaries = _find_binaries()
        self._user = _unprivileged_user()
        # In memory if possible: each database is 300 files, which are made and removed.
        memory = None if durable or not os.access(_MEMORY, os.W_OK) else _MEMORY
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=within or memory))
        self._environment = {**os.environ, **(environment or {})}
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)

    def start(self) -> None:
        """Make the cluster and start it; return once it accepts connections."""
        data = self._folder / "data"
        options = ["-U", "judge", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "-D", str(data), *options)
        if self._remote is not None:
            # The server refuses a key that others may read, and reads it as its own user.
            for source in (self._remote.certificate, self._remote.key):
                copy = self._folder / source.name
                shutil.copy(source, copy)
                if self._user is not None:
                    os.chown(copy, self._user.pw_uid, self._user.pw_gid)
            rules = "local all all trust\nhostssl all all all scram-sha-256\n"
            (data / "pg_hba.conf").write_text(rules)
        self.resume()
        if self._remote is not None:
            self._execute(f"ALTER USER judge PASSWORD '{PASSWORD}'")

    def resume(self) -> None:
        """Start the server on the existing cluster."""
        # pg_ctl waits until the server is ready; with a log the server doesn't keep our pipes open.
        self._run(
            "pg_ctl",
            "-D",
            str(self._folder / "data"),
            "-w",
            "-o",
            self._options(),
            "-l",
            str(self._folder / "log"),
            "start",
        )

    def pause(self) -> None:
        """Stop the server at once, dropping every connection."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")

    @property
    def pid(self) -> int | None:
        """The pid of its main process; None if it is stopped or was killed."""
        try:
            pid = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        except FileNotFoundError:
            return None
        return pid if Path(f"/proc/{pid}").exists() else None

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self.pid is not None:
            self.pause()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """Create an empty database; return its SQLAlchemy URL."""
        name = f"t{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        # The port is part of the socket's file name.
        return f"postgresql+psycopg://judge@/{name}?host={self._folder}&port={self.port}"

    def empty(self, url: str) -> None:
        """Remove all rows of a migrated database, and let its sequences begin again: this takes a
        third of the time of a new copy. Nobody else may use the database meanwhile."""
        self._execute(_EMPTY, make_url(url).database)

    def _execute(self, statement: str, database: str | None = "postgres") -> None:
        where = f"host={self._folder} port={self.port} user=judge dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _options(self) -> str:
        sync = f"-c fsync={self._sync}"
        remote = "-c listen_addresses="
        if self._remote is not None:
            certificate = self._folder / self._remote.certificate.name
            key = self._folder / self._remote.key.name
            remote = f"-c listen_addresses=* -c port={self.port} -c ssl=on"
            remote += f" -c ssl_cert_file={certificate} -c ssl_key_file={key}"
        return f"-k {self._folder} {remote} {sync} -c max_connections=200"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            user=None if self._user is None else self._user.pw_uid,
            group=None if self._user is None else self._user.pw_gid,
            extra_groups=None if self._user is None else [],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.decode()}")


def _find_binaries() -> Path:
    on_path = shutil.which("postgres")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    for found in [*([Path(on_path)] if on_path else []), *reversed(installed)]:
        if (found.parent / "initdb").exists():
            return found.resolve().parent
    raise PostgresMissingError("no postgres and initdb on PATH or under /usr/lib/postgresql")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return a user for the server if we are root, because it refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissingError("running as root, and there is no user postgres or nobody")
