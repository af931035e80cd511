"""Counts the cores that a worker's processes use, to find out whether one is idle.

Theory of operation. All processes share a page of memory, in which each has a byte: the number of
tests that it runs now (a judging counts as one from its claim on). A core is idle if the sum is
smaller than the number of cores. A process first adds its test and then checks the sum. So if two
processes ask at once, both may be refused, but they can't both take the last core. A byte's owner
holds a lock on it; when a process dies, the kernel releases the lock, and the process that takes
the byte next starts at zero.
"""

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_PROCESSES = mmap.PAGESIZE
_MOST_TESTS = 255  # the largest value of a byte


class Cores:
    """The cores of a worker's processes. It is made before the fork and `open`ed in each child;
    then it is a `worker.judging.ahead.SpareCores`."""

    def __init__(self, cores: int, at_once: int | None = None) -> None:
        """`at_once` is the maximum of tests of one judging at once, by default `cores`."""
        self._cores = min(cores, _MOST_TESTS)
        self._at_once = min(at_once or self._cores, self._cores)
        # It stays open as long as the process lives, and so do the locks on it.
        self._file = os.memfd_create("shousi-cores")
        os.ftruncate(self._file, _MOST_PROCESSES)
        self._used = mmap.mmap(self._file, _MOST_PROCESSES)
        self._index = -1
        self._lock = threading.Lock()

    @property
    def at_once(self) -> int:
        """See SpareCores."""
        return self._at_once

    def open(self) -> None:
        """Reserve a byte for this process; call it in a process that judges."""
        for index in range(_MOST_PROCESSES):
            try:
                # A lock of the process, not of the open file, which all children share.
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, index)
            except OSError:
                continue
            self._index = index
            self._used[index] = 0
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
            self._used[self._index] += tests
