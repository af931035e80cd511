"""The template of a runtime's fork servers: it loads their modules once, and they are forks of it.

Theory of operation. The template is process 1 of the jail's namespaces. It forks the servers, which
share its memory; all of them accept connections from the same socket, so an idle server takes the
next one. The template does nothing else, so its memory stays as loaded. A server that has forked
many children is worn: much of its memory is no longer shared with the template. The template tells
it to retire and forks another one, which takes milliseconds.

All servers and their children have the template's address layout and hash seed. One submission
might learn these and help the next. So a template that was used asks the host after a fixed time to
be replaced: the time doesn't depend on the load, since a new template must import everything again.

What each failure does: if a server dies that wasn't told to retire, the template exits, and because
it is process 1, every process below it dies; the host starts a new one. If the host dies, the
template exits too.
"""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from runner import linux
from runner.protocol import (
    CONTROL_BYTES,
    SERVER_READY,
    SERVER_RETIRE,
    SERVER_USED,
    SERVER_WORN,
)

Serve = Callable[[int, int], None]
"""Runs a server in a fork. Its arguments: the server's number (0, 1, 2 ... over the template's
lifetime), and the descriptor of its link to the template."""


@dataclass(slots=True)
class _Server:
    """One server: its process, the template's end of its link, and whether it has to retire."""

    pidfd: int
    link: socket.socket
    retired: bool = False


class Template:
    """Forks servers, and replaces worn ones so that `num_servers` work.

    `link` leads to the host; `fresh_after_s` is how long a used template may serve.
    """

    def __init__(self, link: int, num_servers: int, fresh_after_s: float, serve: Serve) -> None:
        self._link = link
        self._num_servers = num_servers
        self._serve = serve
        self._poll = select.poll()
        self._servers: dict[int, _Server] = {}  # by its pidfd, and by its link until that closes
        self._forked = 0
        self._retired = False
        self._used = False
        self._fresh_at = time.monotonic() + fresh_after_s
        self._asked = False

    def start(self) -> None:
        """Fork the servers. Raises OSError."""
        for _ in range(self._num_servers):
            self._fork()

    def run(self) -> None:
        """Tell the host that the servers are ready, and manage them until the host's link closes,
        or until the template is retired and has no server left."""
        self._poll.register(self._link, select.POLLIN)
        os.write(self._link, SERVER_READY)
        while not (self._retired and not self._servers):
            # A used template asks once to be replaced.
            waits = self._used and not self._asked and not self._retired
            left_s = max(0.0, self._fresh_at - time.monotonic()) if waits else None
            events = self._poll.poll(None if left_s is None else left_s * 1e3)
            if waits and time.monotonic() >= self._fresh_at:
                self._asked = True
                os.write(self._link, SERVER_WORN)
            for fd, _ in events:
                server = self._servers.get(fd)
                if fd == self._link:
                    self._on_host()
                # None: the server was removed by an earlier event of this poll.
                elif server is not None and fd == server.pidfd:
                    self._on_death(server)
                elif server is not None:
                    self._on_word(server)

    def _fork(self) -> None:
        """Start one more server."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number, self._forked = self._forked, self._forked + 1
        pid = os.fork()
        if pid == 0:
            try:
                # Else the host would see the link closed only after the last server has ended.
                os.close(self._link)
                for descriptor in self._servers:
                    os.close(descriptor)
                ours.close()
                linux.set_death_signal(signal.SIGKILL)
                self._serve(number, theirs.detach())
                os._exit(0)
            finally:
                os._exit(1)
        theirs.close()
        server = _Server(os.pidfd_open(pid), ours)
        for descriptor in (server.pidfd, ours.fileno()):
            self._servers[descriptor] = server
            self._poll.register(descriptor, select.POLLIN)

    def _on_host(self) -> None:
        if os.read(self._link, CONTROL_BYTES) != SERVER_RETIRE:
            os._exit(0)  # the host has ended
        self._retired = True
        self._poll.unregister(self._link)
        for server in self._servers.values():
            self._retire(server)

    def _on_word(self, server: _Server) -> None:
        """Handle a server's message; if its link has closed, its end follows."""
        try:
            word = server.link.recv(CONTROL_BYTES)
        except OSError:  # the server was killed before it read our last message
            word = b""
        if word == SERVER_USED:
            self._used = True
        elif word == SERVER_WORN and not server.retired:
            try:
                self._fork()
            except OSError:
                return  # perhaps no memory is left: the worn server goes on
            self._retire(server)
        elif not word:
            self._forget(server.link.fileno())

    def _forget(self, descriptor: int) -> None:
        """Stop polling a descriptor."""
        if self._servers.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def _retire(self, server: _Server) -> None:
        if not server.retired:
            server.retired = True
            with contextlib.suppress(OSError):  # the server has ended; its pidfd reports that next
                server.link.send(SERVER_RETIRE)

    def _on_death(self, server: _Server) -> None:
        if not server.retired:
            os._exit(1)
        os.waitid(os.P_PIDFD, server.pidfd, os.WEXITED)
        self._forget(server.link.fileno())
        self._forget(server.pidfd)
        server.link.close()
        os.close(server.pidfd)
