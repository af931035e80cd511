"""Chooses one CPU for both sides of a conversation.

The sides take turns. On two CPUs each message wakes a process on a sleeping CPU, which costs that
process several microseconds of CPU time: on an idle machine, 100,000 rounds took more than 2 s on
two CPUs, and 0.4 s on one (`docs/decisions/0053-both-sides-on-one-cpu.md`).
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from judge.proc_stat import LAST_CPU, stat_fields


class SharedCpus:
    """Gives each conversation of this process the CPU that its fewest other conversations use."""

    def __init__(self) -> None:
        self._taken = Counter[int]()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[int]:
        """Reserve a CPU for the length of the block; its value is the CPU's number."""
        # Among equals prefer this thread's CPU: the kernel found it free, and we will only wait.
        stat = Path("/proc/thread-self/stat").read_text(errors="replace")
        here = int(stat_fields(stat)[LAST_CPU])
        with self._lock:
            there = sorted(os.sched_getaffinity(0))
            cpu = min(there, key=lambda number: (self._taken[number], number != here))
            self._taken[cpu] += 1
        try:
            yield cpu
        finally:
            with self._lock:
                self._taken[cpu] -= 1
