"""Jails that stay for their program's next run.

Making a jail takes several times as long as a validator's run, and a validator runs on every test
of a judging. So its jail stays for the next test, if it is as good as new: `runner.staying` decides
that inside the jail. Without control groups, which measure and limit each run separately, no jail
stays.

No jail is used in two judgings, and no submission runs in a used jail. Within one judging this
risks nothing: a submission that takes over the validator can have all its tests accepted, whether
or not the jail is the same.
"""

import threading
from typing import Protocol


class Jail(Protocol):
    """A jail that waits for its program's next run."""

    def is_usable(self) -> bool:
        """Whether the jail still waits."""

    def close(self) -> None:
        """End the jail."""


class Stay:
    """The waiting jails of one program that runs again and again. Thread-safe.

    No jail is made in advance. The code that makes a Stay must close it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jails: list[Jail] = []
        self._is_over = False

    def take(self) -> Jail | None:
        """Return a waiting jail, or None."""
        while True:
            with self._lock:
                if not self._jails:
                    return None
                jail = self._jails.pop()
            if jail.is_usable():
                return jail
            jail.close()

    def give(self, jail: Jail) -> bool:
        """Let a jail wait here; return False after `close`, when no run will take it."""
        with self._lock:
            if not self._is_over:
                self._jails.append(jail)
            return not self._is_over

    def close(self) -> None:
        """End the waiting jails. The others end with their runs."""
        with self._lock:
            self._is_over = True
            jails, self._jails = self._jails, []
        for jail in jails:
            jail.close()
