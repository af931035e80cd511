"""How long a run was kept waiting by others: a busy machine must not use up a run's time.

The kernel counts how long something that could run waited for a CPU, in two places; the greater of
both counts.

- For the whole machine ("pressure stall information", Documentation/accounting/psi.rst). There a
  moment counts only in which the run itself was computing: who sleeps waits for nobody. A run that
  gets next to nothing of the CPUs can't be told from one that sleeps.
- For each thread ("/proc/<pid>/schedstat", Documentation/scheduler/sched-stats.rst): exact, but
  gone with the thread.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

MOST_TIMES = 3.0
"""A run may take so many times its limit by the clock, however busy the machine is."""

_COMPUTING = 0.08
"""The share of a CPU that a run gets which wants one, even on a very busy machine."""
_PRESSURE = Path("/proc/pressure/cpu")


def own_s(wall_s: float, waited_s: float) -> float:
    """What of `wall_s` seconds by the clock counts against a limit, when the run was kept waiting
    for `waited_s` of them."""
    return max(wall_s - waited_s, wall_s / MOST_TIMES)


def busy_s() -> float:
    """Seconds since the machine's start in which something waited for a CPU; 0 always where the
    kernel doesn't count them."""
    try:
        some = _PRESSURE.read_bytes().partition(b"\n")[0]
    except OSError:
        return 0.0
    _, _, total_us = some.rpartition(b"total=")
    return int(total_us) / 1e6


class Stopwatch:
    """Times a run that begins now; it is told the run's CPU time every now and then.

    `threads` gives the numbers of the run's threads, as far as they are known.
    """

    def __init__(self, threads: Callable[[], Iterable[int]]) -> None:
        self._threads = threads
        self._thread_waits_ns: dict[int, int] = {}
        self._started = self._seen_at = time.monotonic()
        self._seen_busy_s, self._seen_cpu_s = busy_s(), 0.0
        self.waited_s = 0.0
        """For how long others kept it waiting."""

    def see(self, cpu_s: float) -> None:
        """The run has used so much CPU time by now."""
        now, busy = time.monotonic(), busy_s()
        passed_s, used_s = now - self._seen_at, cpu_s - self._seen_cpu_s
        waited_s = self._threads_waited_s()
        if used_s >= _COMPUTING * passed_s:
            waited_s = max(waited_s, busy - self._seen_busy_s)
        self.waited_s += max(0.0, min(waited_s, passed_s - used_s))
        self._seen_at, self._seen_busy_s, self._seen_cpu_s = now, busy, cpu_s

    def _threads_waited_s(self) -> float:
        """Since this was asked last."""
        waited_ns = 0
        for thread in self._threads():
            try:
                told = Path(f"/proc/{thread}/schedstat").read_bytes()
            except OSError:  # it has ended, or the kernel doesn't count
                continue
            seen_ns = int(told.split()[1])
            waited_ns += seen_ns - self._thread_waits_ns.get(thread, 0)
            self._thread_waits_ns[thread] = seen_ns
        return waited_ns / 1e9

    @property
    def wall_s(self) -> float:
        """Seconds by the clock."""
        return time.monotonic() - self._started

    def left_s(self, limit_s: float) -> float:
        """Until `limit_s` seconds of its own are over, if nobody keeps it waiting from now on."""
        return limit_s - own_s(self.wall_s, self.waited_s)
