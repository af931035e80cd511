"""Jails that stay for their program's next run.

Making a jail takes several times as long as a validator runs, and it is run on every test of a
judging. So its jail stays for the next test, if it is as new then: what that means is in
`runner.staying`, which decides it inside the jail. Where there are no control groups, which count
and limit each run for itself, no jail stays.

No jail ever passes from one judging to another, nor is a submission run in one that was used.
Within one judging nothing is at stake: a submission that takes the validator over can have all its
tests accepted, whether or not the jail is the same.
"""

import threading
from typing import Protocol


class Jail(Protocol):
    """A jail that waits for its program's next run."""

    def is_usable(self) -> bool:
        """Whether it still waits."""

    def close(self) -> None:
        """End it."""


class Stay:
    """The jails of one program that is run again and again. Thread-safe; none is made ahead.

    Whoever makes it closes it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jails: list[Jail] = []
        self._is_over = False

    def take(self) -> Jail | None:
        """A jail that waits, if there is one."""
        while True:
            with self._lock:
                if not self._jails:
                    return None
                jail = self._jails.pop()
            if jail.is_usable():
                return jail
            jail.close()

    def give(self, jail: Jail) -> bool:
        """Let a jail wait here; False when it is over, and nobody will take it."""
        with self._lock:
            if not self._is_over:
                self._jails.append(jail)
            return not self._is_over

    def close(self) -> None:
        """End the jails that wait. The others end with their runs."""
        with self._lock:
            self._is_over = True
            jails, self._jails = self._jails, []
        for jail in jails:
            jail.close()
