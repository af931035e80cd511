"""The process that renews leases for all children of a worker.

    python -m worker.queue.heartbeat_process FD READY_FD

Theory of operation. The worker's main process makes the listening socket FD and keeps it. It starts
this process with the socket, and again if it dies; connections made meanwhile wait in the socket.
On READY_FD this process reports that it serves. A child connects for each claim
(`worker.queue.heartbeat.Hold`) and says what to renew. Renewals stop when the connection closes,
which the kernel does for a child that dies, and while the child is frozen (SIGSTOP), because it
then makes no progress.

What each failure does: if a claim is lost, because of its row, a database that was away for a whole
lease, or work that hangs, the child is told. If the child doesn't give up the claim within
`_GRACE_S`, it can't react any more: it is killed, and the main process replaces it. If this process
dies, the children connect to the next one. It ends when its standard input closes: then the main
process and all children have ended.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from judge import leases
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.leases import Lease
from judge.logs import set_up_logs
from judge.proc_stat import STATE, stat_fields
from judge.settings import get_settings
from worker.keeper import Keeper, Process
from worker.queue.heartbeat import LOST, MESSAGE_BYTES

log = structlog.get_logger(__name__)

_GRACE_S = 60.0
_BACKLOG = 256
# The kernel's `struct ucred`: pid, uid, gid (unix(7)).
_PEER = struct.Struct("3i")


class HeartbeatProcess:
    """Starts the process and keeps it running; for the worker's main process."""

    def __init__(self) -> None:
        # Not under home, whose path may be too long for a socket's address.
        self._folder = Path(tempfile.mkdtemp(prefix="shousi-beat-"))
        self.address = self._folder / "beats"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(self.address))
        self._listener.listen(_BACKLOG)
        self._owner = os.getpid()
        self._keeper = Keeper("heartbeats", self._start)

    def _start(self) -> Process:
        listener_fd = self._listener.fileno()
        return Process(
            lambda ready_fd: [sys.executable, "-m", __name__, str(listener_fd), str(ready_fd)],
            grace_s=0,  # it has nothing to clean up
            pass_fds=(listener_fd,),
        )

    @property
    def pid(self) -> int:
        """The id of the present process."""
        return self._keeper.kept.pid

    def stop(self) -> None:
        """End it. In a fork of the owner this does nothing."""
        self._keeper.stop()
        if os.getpid() == self._owner:
            self._listener.close()
            shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(slots=True)
class _Held:
    """One claim: its holder's process, how to renew it, and when. Times are monotonic seconds."""

    connection: socket.socket
    pid: int
    renew: Callable[[], bool] = lambda: True
    lease_s: float = 60.0
    deadline: float = float("inf")
    renewed: float = field(default_factory=time.monotonic)
    next_at: float = float("inf")
    lost: bool = False

    def listen(self, db: Database) -> bool:
        """Read the holder's wish; return False if the holder has closed the connection."""
        try:
            said = self.connection.recv(MESSAGE_BYTES)
        except ConnectionError:
            return False
        if not said:
            return False
        wish = json.loads(said)
        self.lease_s = wish["lease_s"]
        self.renew = partial(leases.renew, db, Lease(**wish["lease"]), self.lease_s)
        self.deadline = wish.get("deadline", float("inf"))
        if not self.lost:
            # Renew three times within a lease, so that one renewal may be late.
            self.next_at = min(self.next_at, time.monotonic() + self.lease_s / 3)
        return True

    def beat(self) -> None:
        """Renew the lease, or tell the holder that it is lost; kill a holder that keeps it."""
        now = time.monotonic()
        self.next_at = now + self.lease_s / 3
        if _is_frozen(self.pid):
            return
        if self.lost:
            log.error("a process does not let go of a lost claim; killing it", pid=self.pid)
            os.kill(self.pid, signal.SIGKILL)
            return
        if not self._is_ours(now):
            self.lost = True
            self.next_at = now + _GRACE_S
            with contextlib.suppress(OSError):  # it has ended; the next poll shows that
                self.connection.send(LOST, socket.MSG_DONTWAIT)

    def _is_ours(self, now: float) -> bool:
        if now > self.deadline:
            return False
        try:
            renewed = self.renew()
        except UnavailableError:
            # Within the lease no other worker can have taken the row.
            return now - self.renewed < self.lease_s
        self.renewed = now
        return renewed


def _is_frozen(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    # Stopped, traced or dead.
    return stat_fields(stat)[STATE] in "TtZX"


def main() -> None:
    """Renew leases until standard input closes."""
    settings = get_settings()
    set_up_logs(settings.log_level)
    listener, ready_fd = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    db = Database(settings.database_url)
    os.write(ready_fd, b"\n")
    os.close(ready_fd)
    poll = select.poll()
    for fd in (listener.fileno(), sys.stdin.fileno()):
        poll.register(fd, select.POLLIN)
    held: dict[int, _Held] = {}
    while True:
        next_at = min((one.next_at for one in held.values()), default=float("inf"))
        # poll() accepts no infinity.
        wait_s = min(max(0.0, next_at - time.monotonic()), 3600.0)
        for fd, _ in poll.poll(wait_s * 1000):
            if fd == sys.stdin.fileno():
                return
            if fd == listener.fileno():
                connection, _ = listener.accept()
                peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
                held[connection.fileno()] = _Held(connection, _PEER.unpack(peer)[0])
                poll.register(connection.fileno(), select.POLLIN)
            elif not held[fd].listen(db):
                poll.unregister(fd)
                held.pop(fd).connection.close()
        for one in held.values():
            if one.next_at <= time.monotonic():
                one.beat()


if __name__ == "__main__":
    main()
