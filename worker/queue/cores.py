"""How many of a machine's cores a worker's processes use, so that a test knows whether one is idle.

Theory of operation. All processes share a page of memory, in which each has a byte: how many tests
it runs at this moment (a judging counts as one from its claim on). There is a core to spare as long
as the sum is smaller than the number of cores. A process adds its test first and then looks at the
sum, so that two which ask at once may both be refused, but can't both take the last core. A byte's
owner holds a lock on it; when a process dies the kernel gives the lock back, and the process that
takes its place begins at zero.
"""

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_PROCESSES = mmap.PAGESIZE
_MOST_TESTS = 255  # what a byte can say


class Cores:
    """The cores of a worker's processes; made before they are forked, `open`ed in each. From then
    on it is a `worker.judging.ahead.SpareCores`."""

    def __init__(self, cores: int, at_once: int | None = None) -> None:
        """`at_once` tests of one judging at the most, by default as many as there are cores."""
        self._cores = min(cores, _MOST_TESTS)
        self._at_once = min(at_once or self._cores, self._cores)
        # Open as long as the process lives, as are the locks on it.
        self._file = os.memfd_create("shousi-cores")
        os.ftruncate(self._file, _MOST_PROCESSES)
        self._used = mmap.mmap(self._file, _MOST_PROCESSES)
        self._seat = -1
        self._lock = threading.Lock()

    @property
    def at_once(self) -> int:
        """See SpareCores."""
        return self._at_once

    def open(self) -> None:
        """In a process that judges: take a byte."""
        for seat in range(_MOST_PROCESSES):
            try:
                # A lock of the process, not of the open file: all children share that.
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seat)
            except OSError:
                continue
            self._seat = seat
            self._used[seat] = 0
            return
        raise RuntimeError(f"a worker has more than {_MOST_PROCESSES} processes")

    @contextmanager
    def used(self) -> Iterator[None]:
        """A block in which this process uses a core, whether one is idle or not."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    def take(self) -> bool:
        """See SpareCores."""
        self._add(1)
        if sum(self._used[:]) <= self._cores:
            return True
        self._add(-1)
        return False

    def give_back(self) -> None:
        """See SpareCores."""
        self._add(-1)

    def _add(self, tests: int) -> None:
        with self._lock:
            self._used[self._seat] += tests
