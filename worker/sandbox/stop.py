"""Stops runs whose results aren't needed any more, from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RunStoppedError(Exception):
    """A run did not start or finish because its `Stop` was asked for. It says nothing about the
    program."""


class Stop:
    """Ends all runs that got this object, and lets no further one begin. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._running: set[Callable[[], None]] = set()

    def ask(self) -> None:
        """End the runs. Returns at once; threads that wait for a run soon get RunStoppedError."""
        with self._lock:
            self._asked = True
            for end in self._running:
                end()

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        """A block that `end` makes finish early; another thread calls `end`, never after the block.
        Raises RunStoppedError."""
        with self._lock:
            self.check()
            self._running.add(end)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(end)
        self.check()

    def check(self) -> None:
        """Raise RunStoppedError after `ask` was called."""
        if self._asked:
            raise RunStoppedError
