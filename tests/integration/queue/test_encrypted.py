"""Passwords and TLS on the way to the broker and the database."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError
from sqlalchemy import text

from judge.db.session import Database
from judge.errors import UnavailableError
from judge.monitoring import ping
from judge.queue import enqueue, make_app
from judge.settings import Settings
from judge.states import Purpose
from tests.support.certificates import Certificate, make_certificate
from tests.support.encrypted_broker import encrypted_broker
from tests.support.postgres import PASSWORD, PostgresServer


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, "127.0.0.1")


@pytest.fixture
def broker_address(tmp_path: Path, certificate: Certificate) -> Iterator[str]:
    with encrypted_broker(tmp_path, certificate) as address:
        yield address


def test_a_hint_goes_to_a_worker_encrypted(
    tmp_path: Path, broker_address: str, certificate: Certificate
) -> None:
    trusted = f"?ssl_ca_certs={certificate.certificate}"
    settings = Settings(home=tmp_path, broker_url=f"rediss://{broker_address}/0{trusted}")
    assert enqueue(settings, "the-judging", Purpose.SUBMISSION)
    with make_app(settings).connection_for_read() as connection:
        message = connection.SimpleQueue("interactive").get(timeout=10)
        assert message.payload[0] == ["the-judging"]
        message.ack()


@pytest.mark.parametrize("certificates", ["", "?ssl_check_hostname=true"])
def test_a_broker_whose_certificate_is_not_trusted_gets_nothing(
    tmp_path: Path, broker_address: str, certificates: str
) -> None:
    settings = Settings(home=tmp_path, broker_url=f"rediss://{broker_address}/0{certificates}")
    assert not enqueue(settings, "the-judging", Purpose.SUBMISSION)
    # Celery's own default would take any certificate.
    with make_app(settings).connection_for_read() as connection, pytest.raises(OperationalError):
        connection.SimpleQueue("interactive").get(timeout=10)


def test_the_database_is_asked_encrypted_or_not_at_all(
    postgres: PostgresServer, tmp_path: Path, certificate: Certificate
) -> None:
    server = PostgresServer(remote=certificate)
    with closing(server):
        server.start()
        name = server.new_database().partition("@/")[2].partition("?")[0]
        address = f"postgresql+psycopg://judge:{PASSWORD}@127.0.0.1:{server.port}/{name}"
        trusted = f"?sslmode=verify-full&sslrootcert={certificate.certificate}"
        with closing(Database(address + trusted)) as db, db.read() as session:
            query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert session.scalar(text(query)) is True
        other = make_certificate(tmp_path, "127.0.0.1", name="other").certificate
        for refused, why in (
            ("?sslmode=disable", "no encryption"),
            (f"?sslmode=verify-full&sslrootcert={other}", "certificate verify failed"),
        ):
            with closing(Database(address + refused)) as db, pytest.raises(UnavailableError) as no:
                ping(db)
            assert why in str(no.value)
