"""A real receiver of webhooks or traces on loopback, over HTTP or HTTPS."""

import json
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.certificates import Certificate

ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True)
class Received:
    """One received request."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def message(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass
class Receiver:
    """Answers each request with `status` and `headers`, after calling `before_answering` in the
    request's thread."""

    port: int
    scheme: str
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    before_answering: Callable[[], None] = lambda: None
    received: "queue.Queue[Received]" = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def next(self) -> Received:
        """Return the next request; wait for it if it hasn't arrived yet."""
        return self.received.get(timeout=ANSWER_WITHIN_S)

    def next_message(self) -> dict[str, Any]:
        return self.next().message


@contextmanager
def receiving(certificate: Certificate | None = None) -> Iterator[Receiver]:
    """Run a receiver on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.put(Received(headers, body, self.path))
            receiver.before_answering()
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # Tests make clients that disconnect or don't trust the certificate: print no traceback.
        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        # The handshake happens in the request's thread, so that it doesn't block `accept`.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    receiver = Receiver(server.server_address[1], "http" if certificate is None else "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
