"""Holding a claim while its work is done, and what happens when it is lost.

The lease is renewed by another process (`worker.queue.heartbeat_process`): whatever the work does
to this one, e.g. a call that keeps the interpreter's lock for minutes, neither lets the lease run
out nor leaves the database's write lock held by a thread that can't go on.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from judge.errors import UnavailableError
from judge.leases import Lease

log = structlog.get_logger(__name__)

LOST = b"lost"
# One packet holds a wish, which has some hundred bytes.
MESSAGE_BYTES = 4096
_RETRY_S = 1.0
_CONNECT_AGAIN_S = 0.1
# Work that takes so much longer than its tests may is hanging, and ours to mend.
_SPARE_S = 300.0
_SPARE_FACTOR = 10.0


class Hold:
    """Has a claim's lease renewed inside the `with` block, at the process that listens at `beats`.

    The claim is lost when its row says so, when the database was away for a whole lease (by then
    somebody else may have it), when nobody listened for as long, or past the time of `expect`, when
    the work must be hanging. Then `lost` is set and `on_lost` called, once, from a thread; never
    after the block has ended.
    """

    def __init__(
        self, beats: Path, lease: Lease, lease_s: float, on_lost: Callable[[], None]
    ) -> None:
        self.lost = threading.Event()
        self._beats = beats
        self._lease_s = lease_s
        self._on_lost = on_lost
        self._wish: dict[str, Any] = {"lease": asdict(lease), "lease_s": lease_s}
        self._connection: socket.socket | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        # Before the work begins, which may keep the thread from running.
        self._try_to_connect()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._ended.set()
            if self._connection is not None:
                # Wakes the thread, which waits for a word; closing would leave it waiting.
                with contextlib.suppress(OSError):  # the far end is gone
                    self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def expect(self, longest_s: float) -> None:
        """Give the work ample time from now, whose tests may take so many seconds together."""
        with self._lock:
            self._wish["deadline"] = time.monotonic() + _SPARE_S + _SPARE_FACTOR * longest_s
            if self._connection is not None:
                with contextlib.suppress(OSError):  # the thread sees it too, and asks anew
                    self._connection.send(json.dumps(self._wish).encode())

    def insist(self, write: Callable[[], bool]) -> bool:
        """`write` under the claim, again and again while the database is away.

        False when the claim is lost.
        """
        while not self.lost.is_set():
            try:
                return write()
            except UnavailableError as error:
                log.warning("write put off", error=str(error))
                self.lost.wait(_RETRY_S)
        return False

    def _watch(self) -> None:
        while (connection := self._connection or self._connect()) is not None:
            try:
                said = connection.recv(MESSAGE_BYTES)
            except OSError:
                said = b""
            with self._lock:
                connection.close()
                self._connection = None
                if self._ended.is_set():
                    return
            if said == LOST:
                break
            log.warning("the heartbeat's process has died")
        with self._lock:
            if not self._ended.is_set():
                self.lost.set()
                log.warning("claim lost")
                self._on_lost()

    def _connect(self) -> socket.socket | None:
        """Ask for the renewals; None when nobody listened for a whole lease."""
        until = time.monotonic() + self._lease_s
        while time.monotonic() < until and not self._ended.is_set():
            if (connection := self._try_to_connect()) is not None:
                return connection
            self._ended.wait(_CONNECT_AGAIN_S)
        return None

    def _try_to_connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock:
            try:
                connection.connect(str(self._beats))
                connection.send(json.dumps(self._wish).encode())
            except OSError:
                connection.close()
                return None
            # The block has ended meanwhile, and its end found no connection to shut down.
            if self._ended.is_set():
                connection.shutdown(socket.SHUT_RDWR)
            self._connection = connection
            return connection
