"""API, worker and CLI report settings with unusable addresses in one line, and exit with a
status.
"""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from cli.launcher.broker import EmbeddedValkey
from judge.accounts.users import find_user
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.errors import ShousiError
from judge.settings import Settings
from judge.startup import check_broker, check_database
from tests.support.certificates import expire, make_certificate
from tests.support.encrypted_broker import encrypted_broker
from tests.support.launched import SHOUSI
from tests.support.migrated import write_database
from tests.support.missing import missing
from tests.support.postgres import PASSWORD, PostgresMissingError, PostgresServer
from tests.support.stack import ROOT
from tests.support.whole import is_quick

API = (sys.executable, "-m", "api")
WORKER = (sys.executable, "-m", "worker")
PREPARE = (*SHOUSI, "admin", "prepare")
NAMES = {API: "api", WORKER: "worker", PREPARE: "cli"}


def tried_with(*programs: tuple[str, ...]) -> pytest.MarkDecorator:
    """Starting one takes a second or two, and all use the same check: so most cases start only one
    of them.
    """
    taken = programs[-1:] if is_quick() else programs
    return pytest.mark.parametrize("program", taken, ids=map(NAMES.__getitem__, taken))


EACH, SERVICES, OURS = tried_with(*NAMES), tried_with(API, WORKER), tried_with(PREPARE, WORKER)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose database is up to date."""
    write_database(tmp_path / "shousi.db")
    return tmp_path


# Makes a file of a secret in a folder that nobody else sees, and gives up root's right to read all.
SECRET = """
mkdir -p /run/secrets && mount -t tmpfs none /run/secrets && cd /run/secrets
{made}
exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"
"""


def said(program: tuple[str, ...], home: Path, **settings: str) -> str:
    """The one line that the program ends with."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SHOUSI_HOME": str(home)}
    environment |= {f"SHOUSI_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        program, cwd=home, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    "url",
    [
        *("nonsense", "mysql://db.example/shousi", "sqlite+pysqlite:///x"),
        *("sqlite://", "sqlite:///:memory:"),
    ],
)
def test_a_database_url_that_is_none(url: str) -> None:
    with pytest.raises(ShousiError, match=r"^SHOUSI_DATABASE_URL must be sqlite:///PATH or "):
        Database(url)


@pytest.mark.parametrize("password", ["gehei/mwort", "gehei#mwort", "gehei?mwort", "gehei@mwort"])
def test_a_password_that_breaks_a_url_is_not_shown(tmp_path: Path, password: str) -> None:
    with pytest.raises(ShousiError) as broken:
        check_broker(
            Settings(home=tmp_path, broker_url=f"redis://:{password}@127.0.0.1:1/0"),
            must_answer=True,
        )
    url = f"postgresql+psycopg://judge:{password}@127.0.0.1:1/shousi"
    with pytest.raises(ShousiError) as refused:
        check_database(Settings(home=tmp_path, database_url=url), is_current=False)
    for error in (broken, refused):
        assert "gehei" not in str(error.value)
        assert "mwort" not in str(error.value)


@SERVICES
def test_a_first_password_that_is_too_short(
    program: tuple[str, ...], home: Path, broker: EmbeddedValkey
) -> None:
    line = said(program, home, ADMIN_PASSWORD="short", BROKER_URL=broker.url)
    assert line == "shousi: SHOUSI_ADMIN_PASSWORD: A password has at least 8 characters."


@OURS
def test_a_database_that_is_not_there(
    program: tuple[str, ...], home: Path, broker: EmbeddedValkey
) -> None:
    url = "postgresql+psycopg://judge:hidden-word@127.0.0.1:1/shousi"
    line = said(program, home, DATABASE_URL=url, BROKER_URL=broker.url)
    assert "Connection refused" in line
    assert "hidden-word" not in line


@OURS
def test_a_database_that_refuses_the_password(
    program: tuple[str, ...], home: Path, broker: EmbeddedValkey, tmp_path: Path
) -> None:
    try:
        server = PostgresServer(remote=make_certificate(tmp_path, "127.0.0.1"))
    except PostgresMissingError as error:
        missing(f"PostgreSQL: {error}")
    with closing(server):
        server.start()
        url = f"postgresql+psycopg://judge:hidden-word@127.0.0.1:{server.port}/postgres"
        line = said(program, home, DATABASE_URL=url, BROKER_URL=broker.url)
    assert 'password authentication failed for user "judge"' in line
    assert "hidden-word" not in line


@OURS
def test_a_database_whose_certificate_expired(
    program: tuple[str, ...], home: Path, broker: EmbeddedValkey, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    expire(certificate)
    try:
        server = PostgresServer(remote=certificate)
    except PostgresMissingError as error:
        missing(f"PostgreSQL: {error}")
    with closing(server):
        server.start()
        address = f"judge:{PASSWORD}@127.0.0.1:{server.port}/postgres"
        trusted = f"sslmode=verify-full&sslrootcert={certificate.certificate}"
        url = f"postgresql+psycopg://{address}?{trusted}"
        line = said(program, home, DATABASE_URL=url, BROKER_URL=broker.url)
    assert "certificate verify failed" in line
    assert PASSWORD not in line


@EACH
def test_a_database_of_a_newer_release(
    program: tuple[str, ...], home: Path, broker: EmbeddedValkey
) -> None:
    with closing(Database(f"sqlite:///{home}/shousi.db")) as db, db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    line = said(program, home, BROKER_URL=broker.url)
    assert "The database is of a newer release (schema 9999, this release knows up to" in line


@EACH
@pytest.mark.parametrize("version", [None, "a1b2c3d4e5f6"], ids=["no_version", "its_version"])
def test_a_database_of_another_program_is_left_alone(
    program: tuple[str, ...], version: str | None, tmp_path: Path, broker: EmbeddedValkey
) -> None:
    file = tmp_path / "shousi.db"
    with closing(sqlite3.connect(file)) as theirs, theirs:
        theirs.execute("CREATE TABLE customer (name TEXT)")
        theirs.execute("INSERT INTO customer VALUES ('ann')")
        if version is not None:
            theirs.execute("CREATE TABLE alembic_version (version_num TEXT)")
            theirs.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    with closing(sqlite3.connect(file)) as theirs:
        before = list(theirs.iterdump())
    line = said(program, tmp_path, BROKER_URL=broker.url)
    assert "The database is another program's" in line
    assert "SHOUSI_DATABASE_URL" in line
    with closing(sqlite3.connect(file)) as theirs:
        assert list(theirs.iterdump()) == before


@EACH
def test_a_file_that_is_no_database(
    program: tuple[str, ...], tmp_path: Path, broker: EmbeddedValkey
) -> None:
    file = tmp_path / "shousi.db"
    file.write_bytes(b"a text, and no database\n" * 100)
    line = said(program, tmp_path, BROKER_URL=broker.url)
    assert "The database's file can't be used: file is not a database" in line
    assert file.read_bytes() == b"a text, and no database\n" * 100


def test_a_worker_needs_a_database_that_is_up_to_date(
    tmp_path: Path, broker: EmbeddedValkey
) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/shousi.db")) as db:
        upgrade(db, "0001")
    assert "run `shousi admin prepare`" in said(WORKER, tmp_path, BROKER_URL=broker.url)


@SERVICES
def test_a_broker_url_that_is_none(program: tuple[str, ...], home: Path) -> None:
    line = said(program, home, BROKER_URL="http://broker.example")
    assert line.startswith("shousi: SHOUSI_BROKER_URL http://broker.example: ")
    assert "redis://" in line


def test_a_worker_needs_a_broker_that_answers(home: Path) -> None:
    line = said(WORKER, home, BROKER_URL="redis://:hidden-word@127.0.0.1:1/0")
    assert line.startswith("shousi: SHOUSI_BROKER_URL redis://:***@127.0.0.1:1/0: ")


@pytest.mark.parametrize(("program", "password"), [(API, ""), (WORKER, ":hidden-word@")])
def test_a_broker_that_refuses_the_password(
    program: tuple[str, ...], password: str, home: Path
) -> None:
    with EmbeddedValkey(home) as broker:
        with Redis.from_url(broker.url) as client:
            client.config_set("requirepass", "another")
        line = said(program, home, BROKER_URL=f"unix://{password}{broker.socket}")
    assert "the broker refuses us" in line
    assert "hidden-word" not in line


def test_a_broker_whose_certificate_expired(home: Path) -> None:
    certificate = make_certificate(home, "127.0.0.1")
    expire(certificate)
    with encrypted_broker(home, certificate) as address:
        url = f"rediss://:hidden-word@{address}/0?ssl_ca_certs={certificate.certificate}"
        line = said(WORKER, home, BROKER_URL=url)
    assert "certificate has expired" in line
    assert "hidden-word" not in line


@EACH
def test_a_setting_that_can_not_be(program: tuple[str, ...], home: Path) -> None:
    line = said(program, home, WORKER_LABELS="torch,GPU!")
    assert "SHOUSI_WORKER_LABELS: `GPU!` is no label" in line


@EACH
@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("echo x > NAME; chown 65534 NAME; chmod 600 NAME", "Permission denied"),
        # An engine makes a folder where it is told to mount a file that isn't there.
        ("mkdir NAME", "found a directory instead"),
        ("ln -s /nowhere NAME", "does not exist"),
        ("head -c 9 /bin/true > NAME; printf '\\377' >> NAME", "codec can't decode byte 0xff"),
    ],
    ids=["unreadable", "folder", "dangling", "binary"],
)
def test_a_secret_that_can_not_be_read(
    program: tuple[str, ...], made: str, why: str, home: Path
) -> None:
    if os.geteuid() != 0:
        missing("a folder of secrets of the test's own needs root")
    script = SECRET.format(made=made.replace("NAME", "shousi_metrics_token"))
    line = said(("unshare", "--mount", "sh", "-ec", script, "sh", *program), home)
    assert "SHOUSI_METRICS_TOKEN can't be read: " in line
    assert why in line


def test_a_client_secret_that_can_not_be_read(home: Path) -> None:
    if os.geteuid() != 0:
        missing("a folder of secrets of the test's own needs root")
    file = "shousi_oidc__acme__client_secret"
    script = SECRET.format(made=f"echo x > {file}; chown 65534 {file}; chmod 600 {file}")
    provider = {"OIDC__ACME__ISSUER": "https://id.example", "OIDC__ACME__CLIENT_ID": "shousi"}
    line = said(("unshare", "--mount", "sh", "-ec", script, "sh", *API), home, **provider)
    assert "A secret can't be read: [Errno 13] Permission denied" in line
    assert file in line


def test_a_start_that_fails_leaves_the_first_keys_to_the_next_one(home: Path) -> None:
    # Neither its file nor the account: the next start makes and prints them.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = said((*SHOUSI, "serve"), home, PORT=port)
    assert f"Port {port} is taken by another program" in line
    assert not (home / "admin-token").exists()
    with closing(Database(f"sqlite:///{home}/shousi.db")) as db:
        assert find_user(db, "admin") is None


def test_a_home_that_can_not_be_written_says_what_to_set(home: Path) -> None:
    (home / "launcher.lock").mkdir()
    line = said((*SHOUSI, "serve"), home)
    assert "launcher.lock can't be written: Is a directory; set SHOUSI_HOME" in line
    # A path is no markup.
    line = said((*SHOUSI, "serve"), home, HOME=str(home / "shousi.db" / "[/x]"))
    assert line.endswith("shousi.db/[/x] can't be made: Not a directory; set SHOUSI_HOME to a "
                         "folder of your own")  # fmt: skip
