"""Counts how a worker's runs got their jails: its processes count, one of them reports.

The counters are in memory that later forks share. Each thread counts in a place of its own, so that
no thread waits for another, and a killed process leaves no lock behind.
"""

import mmap
import threading
from collections.abc import Mapping
from enum import StrEnum

_PLACES = 4096
_BYTES = 8


class Jail(StrEnum):
    """How a run got its jail."""

    WAITING = "waiting"
    """A jail was waiting."""
    MADE = "made"
    """No suitable jail was waiting, so one was made for the run."""
    FAILED = "failed"
    """No jail could be made."""


_KINDS = list(Jail)


class Tally:
    """The counters, from 0 on; make it before the fork."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, _PLACES * len(_KINDS) * _BYTES)).cast("q")

    def add(self, kind: Jail) -> None:
        """Add 1 to the counter of `kind`."""
        # Thread ids are unique on the machine, but two may share a place and rarely lose a count.
        place = threading.get_native_id() % _PLACES
        self._counts[place * len(_KINDS) + _KINDS.index(kind)] += 1

    def counts(self) -> Mapping[str, int]:
        """Return the sums over all threads, by kind."""
        every = self._counts.tolist()
        return {kind.value: sum(every[i :: len(_KINDS)]) for i, kind in enumerate(_KINDS)}
