"""A pool of children that are ready in advance, so that no test waits for a jail to be made."""

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.child import JailedChild

_THREADS = 2
_FEW = 3
_LULL_S = 0.015
# A typical submission needs one for its syntax check and ten for its tests; one is spare.
_MOST = 12
_CHILD_BYTES = 4 << 20
_SHARE_OF_MEMORY = 1 / 50


def depth_for(processes: int) -> int:
    """Return how many children of each runtime each of `processes` may keep waiting: as many as a
    typical submission needs, limited by a small share of the machine's memory."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    fit = memory_bytes * _SHARE_OF_MEMORY / (_CHILD_BYTES * len(Runtime) * processes)
    return max(_FEW, min(_MOST, int(fit)))


class Pool:
    """Keeps children of each used runtime waiting: as many as were taken so far, at least `_FEW`,
    at most `depth`.

    The pool's own threads refill it; they sleep until a child is taken. There are two threads,
    because a new child mostly waits for the kernel (10 ms to enter version 1's control groups). If
    children can't be made, the threads stop until the next `take`; its caller then makes a child
    itself and gets the error.

    Making a child costs as much CPU time as a quick test. So while tests follow each other, the
    pool is refilled only up to `_FEW`, so that no test has to wait; the rest is made after a pause
    of `_LULL_S`. So the children for a submission are made before it arrives, and its tests don't
    share the CPUs with that work.
    """

    def __init__(self, make: Callable[[Runtime], JailedChild], depth: int) -> None:
        self._make = make
        self._depth = depth
        self._changed = threading.Condition()
        self._taken: Counter[Runtime] = Counter()
        self._taken_at = 0.0
        self._waiting: dict[Runtime, deque[JailedChild]] = {}
        self._making: Counter[Runtime] = Counter()
        self._broken: set[Runtime] = set()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def take(self, runtime: Runtime) -> JailedChild | None:
        """Return a waiting child that is still alive; None if there is none."""
        while True:
            with self._changed:
                waiting = self._waiting.setdefault(runtime, deque())
                self._broken.discard(runtime)
                if not self._threads and not self._closed:
                    self._threads = [
                        threading.Thread(target=self._refill, name=f"jails-{n}", daemon=True)
                        for n in range(_THREADS)
                    ]
                    for thread in self._threads:
                        thread.start()
                self._taken[runtime] += 1
                self._taken_at = time.monotonic()
                self._changed.notify()
                child = waiting.popleft() if waiting else None
            if child is None or child.is_usable():
                return child
            child.close()  # its server was restarted

    def _refill(self) -> None:
        while (runtime := self._await_need()) is not None:
            try:
                child = self._make(runtime)
            except SandboxError:
                with self._changed:
                    self._making[runtime] -= 1
                    self._broken.add(runtime)
                continue
            with self._changed:
                self._making[runtime] -= 1
                kept = not self._closed
                if kept:
                    self._waiting[runtime].append(child)
            if not kept:
                child.close()

    def _await_need(self) -> Runtime | None:
        """Wait for and return the runtime that needs a child most; None if the pool is closed."""
        with self._changed:
            while not self._closed:
                short = [
                    (count, runtime)
                    for runtime, waiting in self._waiting.items()
                    if runtime not in self._broken
                    and (count := len(waiting) + self._making[runtime])
                    < min(self._depth, max(_FEW, self._taken[runtime]))
                ]
                if not short:
                    self._changed.wait()
                    continue
                count, runtime = min(short)
                lull_s = self._taken_at + _LULL_S - time.monotonic()
                if count < _FEW or lull_s <= 0:
                    self._making[runtime] += 1
                    return runtime
                self._changed.wait(lull_s)
        return None

    def close(self) -> None:
        """Stop refilling and close the waiting children."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        for waiting in self._waiting.values():
            while waiting:
                waiting.popleft().close()
