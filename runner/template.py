"""The template of a runtime's fork servers: what they need is loaded once, they are forks of it.

Theory of operation. The template is process 1 of the jail's namespaces. It forks the servers that
work, which share its memory; all of them accept from the same socket, and whoever has time is
faster. It does nothing else, so that what it holds stays as it was loaded. A server that has forked
many children is worn: its own memory is no longer the template's. It is told to retire, and another
is forked, which takes milliseconds.

All servers and their children have the template's address layout and hash seed. So that nobody can
learn these from one submission for the next, a template that was used asks the host after a while
for a fresh one: by the clock, never by the load, since a fresh one must import everything anew.

What each failure does: if a server dies that wasn't told to, so does the template, and with it, as
process 1, everything below it; the host starts a new one. If the host dies, so does the template.
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
"""Serves, in a fork: its number (0, 1, 2 ... of all that were ever forked), and the descriptor of
its link to the template."""


@dataclass(slots=True)
class _Server:
    """One server: its process, our end of its link, and whether it was told to retire."""

    pidfd: int
    link: socket.socket
    retired: bool = False


class Template:
    """Forks servers and keeps as many of them as there are to be.

    `link` is the host's; `fresh_after_s` is how long a template that is used may serve.
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
        """Tell the host that they serve, and keep them, until its link closes or until retired and
        without a server."""
        self._poll.register(self._link, select.POLLIN)
        os.write(self._link, SERVER_READY)
        while not (self._retired and not self._servers):
            # A fresh template is due once, if this one is used.
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
                # None: what came just before a server's end is of no use after it.
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
                # Or who talks to the host would seem to be alive as long as any server.
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
            os._exit(0)  # the host is gone
        self._retired = True
        self._poll.unregister(self._link)
        for server in self._servers.values():
            self._retire(server)

    def _on_word(self, server: _Server) -> None:
        """A server has said something; where its link has closed, its end comes next."""
        try:
            word = server.link.recv(CONTROL_BYTES)
        except OSError:  # it was killed before it had read all of ours
            word = b""
        if word == SERVER_USED:
            self._used = True
        elif word == SERVER_WORN and not server.retired:
            try:
                self._fork()
            except OSError:
                return  # no memory, perhaps: the worn one serves on
            self._retire(server)
        elif not word:
            self._forget(server.link.fileno())

    def _forget(self, descriptor: int) -> None:
        """Listen to it no more."""
        if self._servers.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def _retire(self, server: _Server) -> None:
        if not server.retired:
            server.retired = True
            with contextlib.suppress(OSError):  # it has ended, which its pidfd tells next
                server.link.send(SERVER_RETIRE)

    def _on_death(self, server: _Server) -> None:
        if not server.retired:
            os._exit(1)
        os.waitid(os.P_PIDFD, server.pidfd, os.WEXITED)
        self._forget(server.link.fileno())
        self._forget(server.pidfd)
        server.link.close()
        os.close(server.pidfd)
