"""The age, replacements and own CPU time of one runtime's fork servers."""

import os
import time
from pathlib import Path

from judge.proc_stat import START_TICKS, SYSTEM_TICKS, USER_TICKS, stat_fields

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Wear:
    """Figures about one runtime's servers. They start at 0 when the host starts.

    CPU time is that of the template and its servers, without the servers' children, which run
    submissions. A process counts with its CPU time at the last call of `told`: the time between
    that call and its end is missing.
    """

    def __init__(self) -> None:
        self.begun_at = 0.0
        """When the present template began to serve, in epoch seconds; 0 if none has yet."""
        self.replaced = 0
        self.died = 0
        self._cpu_s = 0.0
        self._seen: dict[tuple[int, str], float] = {}

    def begin(self, *, replaces: bool) -> None:
        """Note that a template begins to serve; `replaces`: it replaces one that still serves."""
        self.begun_at = time.time()
        self.replaced += replaces

    def told(self, templates: list[int]) -> dict[str, float]:
        """Return all figures; `templates` are the ids of the present templates' processes."""
        found: dict[tuple[int, str], float] = {}
        for template in templates:
            for pid in (template, *_children(template)):
                found |= _own_cpu(pid)
        self._cpu_s += sum(spent - self._seen.get(one, 0.0) for one, spent in found.items())
        self._seen = found
        return {
            "begun_at": self.begun_at,
            "replaced": self.replaced,
            "died": self.died,
            "cpu_s": round(self._cpu_s, 2),
        }


def _children(pid: int) -> list[int]:
    # The template's only thread forks the servers, so its list of children is complete.
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # the process has ended, or the kernel lacks this file
        return []


def _own_cpu(pid: int) -> dict[tuple[int, str], float]:
    """Return a process's CPU seconds, keyed by its id and start time, which identify it."""
    try:
        fields = stat_fields(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return {}
    used = int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])
    return {(pid, fields[START_TICKS]): used / _TICKS_PER_S}
