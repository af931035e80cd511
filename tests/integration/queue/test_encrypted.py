"""Passwords and TLS on the way to the broker and the database."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError
from sqlalchemy import text

from cli.launcher.broker import EmbeddedValkey
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.monitoring import ping
from judge.queue import enqueue, make_app
from judge.settings import Settings
from judge.states import Purpose
from tests.support.certificates import Certificate, make_certificate
from tests.support.postgres import PASSWORD, PostgresServer


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, "127.0.0.1")


class Relay:
    """Decrypts what comes in for the server at `target`: the wheel's knows no TLS itself."""

    def __init__(self, listener: ssl.SSLSocket, target: Path) -> None:
        self._listener = listener
        self._target = target
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except ssl.SSLError:
                continue  # a client that doesn't trust us
            except OSError:
                return  # shut down: the test is over
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            self._sockets += [client, server]
            for ends in ((client, server), (server, client)):
                self._threads.append(threading.Thread(target=copy, args=ends))
                self._threads[-1].start()

    def close(self) -> None:
        # Closing alone wakes nobody who waits for it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for one in self._sockets:
            with suppress(OSError):  # its far end was faster
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        for one in (self._listener, *self._sockets):
            one.close()


def copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def broker_address(tmp_path: Path, certificate: Certificate) -> Iterator[str]:
    """Where the broker is reached, encrypted only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with EmbeddedValkey(tmp_path) as broker, socket.create_server(("127.0.0.1", 0)) as plain:
        listener = context.wrap_socket(plain, server_side=True)
        host, port = listener.getsockname()
        with closing(Relay(listener, broker.socket)):
            yield f"{host}:{port}"


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
