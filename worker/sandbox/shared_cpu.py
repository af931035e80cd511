"""One CPU for both sides of a conversation.

The sides take turns. On two CPUs each message wakes one that sleeps, which costs several
microseconds that count as the listener's own CPU time: where nothing else runs, 100,000 rounds took
more than 2 s, and take 0.4 s on one (`docs/decisions/0053-both-sides-on-one-cpu.md`).
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LAST_CPU = 36
"""Of /proc/PID/stat, after the name: the CPU that it last ran on."""


class SharedCpus:
    """Gives each conversation of a process the CPU that the fewest others of it have."""

    def __init__(self) -> None:
        self._taken = Counter[int]()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[int]:
        """The number of the CPU, for as long as the conversation lasts."""
        # Of those that as few have, this thread's: the kernel found it free, and we are to wait.
        stat = Path("/proc/thread-self/stat").read_text(errors="replace")
        here = int(stat.rpartition(")")[2].split()[_LAST_CPU])
        with self._lock:
            there = sorted(os.sched_getaffinity(0))
            cpu = min(there, key=lambda number: (self._taken[number], number != here))
            self._taken[cpu] += 1
        try:
            yield cpu
        finally:
            with self._lock:
                self._taken[cpu] -= 1
