"""Measures how long a run waited for others, which must not use up its limit on wall time: for a
CPU on a busy machine, and in a conversation for a partner that computed or waited for a CPU itself.

The kernel measures how long runnable threads waited for a CPU, in two ways; the larger figure
counts.

- For the whole machine ("pressure stall information", Documentation/accounting/psi.rst). This time
  counts only while the run itself was computing: a sleeping run waits for no CPU. A run that gets
  almost no CPU time can't be told from one that sleeps.
- For each thread ("/proc/<pid>/schedstat", Documentation/scheduler/sched-stats.rst): exact, but
  counted only when the thread gets a CPU, and lost when it ends.

Waiting for a CPU extends a limit to at most `MOST_TIMES` its length. Waiting for the partner
extends it further; the partner has limits of its own.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from judge.proc_stat import STATE, stat_fields

MOST_TIMES = 3.0
"""A run may take at most this multiple of its limit in wall time, however busy the machine is."""

_COMPUTING = 0.08
"""The share of a CPU that a computing run gets even on a very busy machine."""
_PRESSURE = Path("/proc/pressure/cpu")
_TICKS_S = 0.01
"""Longer than the kernel's clock tick, at which it counts what a running thread has computed."""


def own_s(wall_s: float, waited_s: float) -> float:
    """Return how much of `wall_s` seconds of wall time counts against a limit, if the run waited
    for a CPU for `waited_s` of them."""
    return max(wall_s - waited_s, wall_s / MOST_TIMES)


def busy_s() -> float:
    """Return for how many seconds since the machine's start any thread waited for a CPU; always 0
    if the kernel doesn't count them."""
    try:
        some = _PRESSURE.read_bytes().partition(b"\n")[0]
    except OSError:
        return 0.0
    _, _, total_us = some.rpartition(b"total=")
    return int(total_us) / 1e6


def any_awaits_cpu(threads: Iterable[int]) -> bool:
    """Return whether one of these threads could run, but waits for a CPU: the kernel has not
    counted that wait yet. If any could run, this takes `_TICKS_S` to find out."""
    before = {thread: told for thread in threads if (told := _told_if_runnable(thread))}
    if not before:
        return False
    time.sleep(_TICKS_S)
    return any(_told_if_runnable(thread) == told for thread, told in before.items())


def _told_if_runnable(thread: int) -> bytes | None:
    """Return what the kernel tells of a thread's times if it runs or could run, else None."""
    try:
        stat = Path(f"/proc/{thread}/stat").read_text(errors="replace")
        return _schedstat(thread) if stat_fields(stat)[STATE] == "R" else None
    except OSError:  # the thread has ended, or the kernel doesn't count
        return None


def _schedstat(thread: int) -> bytes:
    return Path(f"/proc/{thread}/schedstat").read_bytes()


class Stopwatch:
    """Times a run that begins now; the caller reports the run's CPU time from time to time.

    `threads` returns the ids of the run's threads, as far as they are known, and `partner_busy_s`
    how long its partner in a conversation has computed or waited for a CPU so far.
    """

    def __init__(
        self,
        threads: Callable[[], Iterable[int]],
        partner_busy_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._threads = threads
        self._partner_busy_s = partner_busy_s
        self._thread_waits_ns: dict[int, int] = {}
        self._started = self._seen_at = time.monotonic()
        self._seen_busy_s, self._seen_cpu_s = busy_s(), 0.0
        self._seen_partner_s = 0.0
        self._idle_s = 0.0  # in which it neither computed nor, as far as is known, waited
        self.waited_s = 0.0
        """How many seconds the run waited for a CPU."""
        self.listened_s = 0.0
        """How many seconds its partner was busy while the run did not compute."""

    def see(self, cpu_s: float) -> None:
        """Note that the run has used `cpu_s` of CPU time by now."""
        now, busy, partner_s = time.monotonic(), busy_s(), self._partner_busy_s()
        passed_s, used_s = now - self._seen_at, cpu_s - self._seen_cpu_s
        idle_s = max(0.0, passed_s - used_s)
        told_s = max(0.0, partner_s - self._seen_partner_s)
        # If both want the same CPU, the run waits for it while its partner computes: count it once.
        listened_s = min(told_s, idle_s)
        waited_s, longest_s = self._threads_waited_s()
        if used_s >= _COMPUTING * passed_s:
            waited_s = max(waited_s, busy - self._seen_busy_s)
        waited_s = min(max(0.0, waited_s - listened_s), idle_s - listened_s)
        idle_s -= listened_s + waited_s
        # A wait is counted when it ends: what is longer than this interval began in earlier ones.
        late_s = min(max(0.0, told_s - passed_s), self._idle_s)
        listened_s += late_s
        idle_s -= late_s
        late_s = min(max(0.0, longest_s - passed_s), self._idle_s - late_s)
        waited_s += late_s
        idle_s -= late_s
        self._idle_s += idle_s
        self.listened_s += listened_s
        self.waited_s += waited_s
        self._seen_at, self._seen_busy_s, self._seen_cpu_s = now, busy, cpu_s
        self._seen_partner_s = max(partner_s, self._seen_partner_s)

    def _threads_waited_s(self) -> tuple[float, float]:
        """Return how long the threads waited since the last call: all together, and the longest."""
        waits_ns = [0]
        for thread in self._threads():
            try:
                seen_ns = int(_schedstat(thread).split()[1])
            except OSError:  # the thread has ended, or the kernel doesn't count
                continue
            waits_ns.append(seen_ns - self._thread_waits_ns.get(thread, 0))
            self._thread_waits_ns[thread] = seen_ns
        return sum(waits_ns) / 1e9, max(waits_ns) / 1e9

    @property
    def wall_s(self) -> float:
        """Wall time in seconds."""
        return time.monotonic() - self._started

    def left_s(self, limit_s: float) -> float:
        """Return the seconds until `limit_s` is used up if the run waits for no CPU meanwhile."""
        return limit_s - own_s(self.wall_s - self.listened_s, self.waited_s)

    def may_wait_on(self, limit_s: float) -> bool:
        """Return whether the run may go on until the kernel has counted how long it waits."""
        return (self.wall_s - self.listened_s) / MOST_TIMES <= limit_s
