"""How often a worker's jails were got how: counted by its processes, read by the one that tells.

One memory that is shared by whoever is forked later. Each thread counts in a place of its own, so
that none waits for another, and whoever is killed leaves nothing locked.
"""

import mmap
import threading
from collections.abc import Mapping
from enum import StrEnum

_PLACES = 4096
_BYTES = 8


class Jail(StrEnum):
    """How a run came to its jail, or that it did not."""

    WAITING = "waiting"
    """One waited ready made."""
    MADE = "made"
    """None waited, or none that would do: it was made for the run."""
    FAILED = "failed"
    """None could be made."""


_KINDS = list(Jail)


class Tally:
    """Counts from 0 on; make it before the fork."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, _PLACES * len(_KINDS) * _BYTES)).cast("q")

    def add(self, kind: Jail) -> None:
        """Count one."""
        # Thread ids are the machine's: two that share a place would lose a count now and then.
        place = threading.get_native_id() % _PLACES
        self._counts[place * len(_KINDS) + _KINDS.index(kind)] += 1

    def counts(self) -> Mapping[str, int]:
        """What all have counted, by kind."""
        every = self._counts.tolist()
        return {kind.value: sum(every[i :: len(_KINDS)]) for i, kind in enumerate(_KINDS)}
