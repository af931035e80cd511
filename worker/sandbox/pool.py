"""Children that are ready ahead of need, so that a test waits for no fork and no wall."""

import threading
from collections import deque
from collections.abc import Callable

from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.jailed import JailedChild


class Pool:
    """Keeps up to `depth` waiting children for each runtime that has been asked for.

    A thread of its own refills; it sleeps until a child is taken. Where children can't be made
    it gives up until the next `take`, whose caller then meets the error himself.
    """

    def __init__(self, make: Callable[[Runtime], JailedChild], depth: int) -> None:
        self._make = make
        self._depth = depth
        self._changed = threading.Condition()
        self._waiting: dict[Runtime, deque[JailedChild]] = {}
        self._broken: set[Runtime] = set()
        self._closed = False
        self._thread: threading.Thread | None = None

    def take(self, runtime: Runtime) -> JailedChild | None:
        """A waiting child that is still alive; None when there is none yet."""
        while True:
            child = self._pop(runtime)
            if child is None or child.is_usable():
                return child
            child.close()  # its server was restarted

    def _pop(self, runtime: Runtime) -> JailedChild | None:
        with self._changed:
            waiting = self._waiting.setdefault(runtime, deque())
            self._broken.discard(runtime)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._refill, name="jails", daemon=True)
                self._thread.start()
            self._changed.notify()
            return waiting.popleft() if waiting else None

    def _refill(self) -> None:
        while (runtime := self._await_need()) is not None:
            try:
                child = self._make(runtime)
            except SandboxError:
                with self._changed:
                    self._broken.add(runtime)
                continue
            if not self._keep(runtime, child):
                child.close()

    def _await_need(self) -> Runtime | None:
        """The runtime that needs a child most; None when the pool is closed."""
        with self._changed:
            while not self._closed:
                short = [
                    (len(waiting), runtime)
                    for runtime, waiting in self._waiting.items()
                    if len(waiting) < self._depth and runtime not in self._broken
                ]
                if short:
                    return min(short)[1]
                self._changed.wait()
        return None

    def _keep(self, runtime: Runtime, child: JailedChild) -> bool:
        with self._changed:
            if self._closed:
                return False
            self._waiting[runtime].append(child)
            return True

    def close(self) -> None:
        """Stop refilling and close the waiting children."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        for waiting in self._waiting.values():
            while waiting:
                waiting.popleft().close()
