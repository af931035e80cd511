"""How long a run was kept waiting by others: a busy machine must not use up a run's time.

The kernel counts how long something that could run waited for a CPU ("pressure stall
information", Documentation/accounting/psi.rst), for the whole machine. So a moment counts only in
which the run itself was computing: who sleeps waits for nobody.
"""

import time
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
    """Times a run that begins now; it is told the run's CPU time every now and then."""

    def __init__(self) -> None:
        self._started = self._seen_at = time.monotonic()
        self._seen_busy_s, self._seen_cpu_s = busy_s(), 0.0
        self.waited_s = 0.0
        """For how long others kept it waiting."""

    def see(self, cpu_s: float) -> None:
        """The run has used so much CPU time by now."""
        now, busy = time.monotonic(), busy_s()
        passed_s, used_s = now - self._seen_at, cpu_s - self._seen_cpu_s
        if used_s >= _COMPUTING * passed_s:
            self.waited_s += max(0.0, min(busy - self._seen_busy_s, passed_s - used_s))
        self._seen_at, self._seen_busy_s, self._seen_cpu_s = now, busy, cpu_s

    @property
    def wall_s(self) -> float:
        """Seconds by the clock."""
        return time.monotonic() - self._started

    def left_s(self, limit_s: float) -> float:
        """Until `limit_s` seconds of its own are over, if nobody keeps it waiting from now on."""
        return limit_s - own_s(self.wall_s, self.waited_s)
