"""Holding a claim while its work is done: the heartbeat, and what happens when it is lost."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from judge.errors import UnavailableError

log = structlog.get_logger(__name__)

_RETRY_S = 1.0
# Work that takes so much longer than its tests may is hanging, and ours to mend.
_SPARE_S = 300.0
_SPARE_FACTOR = 10.0


class Hold:
    """Renews a claim's lease every third of it, in a thread, inside the `with` block.

    `renew` does it in the database, and says whether the claim is held still. It is lost when
    the row says so, when the database was away for a whole lease (by then somebody else may
    have it), or past the time of `expect`, when the work must be hanging. Then
    `lost` is set and `on_lost` called, once, from the thread; never after the block has ended.
    """

    def __init__(
        self, renew: Callable[[], bool], lease_s: float, on_lost: Callable[[], None]
    ) -> None:
        self.lost = threading.Event()
        self._renew_in_db = renew
        self._lease_s = lease_s
        self._on_lost = on_lost
        self._deadline: float | None = None
        self._renewed = time.monotonic()
        self._ended = threading.Event()
        self._ending = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._ending:
            self._ended.set()
        self._thread.join()

    def expect(self, longest_s: float) -> None:
        """Give the work ample time from now, whose tests may take so many seconds together."""
        self._deadline = time.monotonic() + _SPARE_S + _SPARE_FACTOR * longest_s

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

    def _beat(self) -> None:
        while not self._ended.wait(self._lease_s / 3):
            if self._renew():
                continue
            with self._ending:
                if not self._ended.is_set():
                    self.lost.set()
                    log.warning("claim lost")
                    self._on_lost()
            return

    def _renew(self) -> bool:
        begun = time.monotonic()
        if self._deadline is not None and begun > self._deadline:
            return False
        try:
            renewed = self._renew_in_db()
        except UnavailableError:
            return begun - self._renewed < self._lease_s
        self._renewed = begun
        return renewed
