"""Holds a claim while its work is done, and reports when it is lost.

Another process renews the lease (`worker.queue.heartbeat_process`). So even if the work blocks this
process, e.g. by a call that holds the interpreter's lock for minutes, the lease doesn't run out,
and no blocked thread holds the database's write lock.
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
# Each wish is one packet of a few hundred bytes.
MESSAGE_BYTES = 4096
_RETRY_S = 1.0
_CONNECT_AGAIN_S = 0.1
# Work that takes this much longer than its tests may take is hanging, which is our own fault.
_SPARE_S = 300.0
_SPARE_FACTOR = 10.0


class Hold:
    """Lets the process at the socket `beats` renew a claim's lease inside the `with` block.

    The claim is lost if its row says so, if the database was away for a whole lease (then another
    worker may have the claim), if no process listened for as long, or after the time of `expect`,
    when the work must be hanging. Then `lost` is set and a thread calls `on_lost`, once, and never
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
        # Connect before the work begins, which may keep the thread from running.
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
                # This wakes the thread, which waits for a message; closing would not.
                with contextlib.suppress(OSError):  # the other end is closed
                    self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def expect(self, longest_s: float) -> None:
        """Set a generous deadline from now for work whose tests may take `longest_s` in all."""
        with self._lock:
            self._wish["deadline"] = time.monotonic() + _SPARE_S + _SPARE_FACTOR * longest_s
            if self._connection is not None:
                with contextlib.suppress(OSError):  # the thread notices it too and connects again
                    self._connection.send(json.dumps(self._wish).encode())

    def insist(self, write: Callable[[], bool]) -> bool:
        """Call `write` under the claim, again and again while the database is away.

        Return False if the claim is lost.
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
        """Connect and ask for renewals; return None if no process listened for a whole lease."""
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
            # The block has ended meanwhile, without a connection to shut down.
            if self._ended.is_set():
                connection.shutdown(socket.SHUT_RDWR)
            self._connection = connection
            return connection
