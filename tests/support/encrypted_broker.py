"""A broker that accepts only encrypted connections."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cli.launcher.broker import EmbeddedValkey
from tests.support.certificates import Certificate


@contextmanager
def encrypted_broker(folder: Path, certificate: Certificate) -> Iterator[str]:
    """Run a broker that uses `certificate`; yield its HOST:PORT."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with EmbeddedValkey(folder) as broker, socket.create_server(("127.0.0.1", 0)) as plain:
        listener = context.wrap_socket(plain, server_side=True)
        host, port = listener.getsockname()
        with closing(_Relay(listener, broker.socket)):
            yield f"{host}:{port}"


class _Relay:
    """A TLS proxy for the server at the socket `target`, because the wheel's server has no TLS."""

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
                continue  # the client doesn't trust the certificate
            except OSError:
                return  # `close` has shut the listener down
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            self._sockets += [client, server]
            for ends in ((client, server), (server, client)):
                self._threads.append(threading.Thread(target=_copy, args=ends))
                self._threads[-1].start()

    def close(self) -> None:
        # shutdown wakes the thread in `accept`; `close` alone doesn't.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for one in self._sockets:
            with suppress(OSError):  # the other end has already closed
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        for one in (self._listener, *self._sockets):
            one.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
