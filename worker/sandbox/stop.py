"""Ending runs that nobody needs any more, from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RunStoppedError(Exception):
    """A run was not made, or not to its end, since its `Stop` was asked for. It says nothing about
    the program."""


class Stop:
    """Ends the runs that were given it, and lets no further one of them begin. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._running: set[Callable[[], None]] = set()

    def ask(self) -> None:
        """End them. Returns at once; whoever waits for one of them gets RunStoppedError, soon."""
        with self._lock:
            self._asked = True
            for end in self._running:
                end()

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        """A block that `end` makes finish early; it is called by another thread, never after the
        block. Raises RunStoppedError."""
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
        """Raises RunStoppedError once it was asked for."""
        if self._asked:
            raise RunStoppedError
