"""How old and how worn one runtime's fork servers are, and what CPU time they took themselves."""

import os
import time
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Wear:
    """Kept by the host for one runtime. What it counts begins at 0 with the host.

    CPU time is that of the template and of the servers that it forks, not of what these fork: that
    is submissions'. A process is counted as far as it was looked at last: one that has ended takes
    nothing away, and what it did after the last look is missed.
    """

    def __init__(self) -> None:
        self.begun_at = 0.0
        """When the present template began to serve, in epoch seconds; 0: none has yet."""
        self.replaced = 0
        self.died = 0
        self._cpu_s = 0.0
        self._seen: dict[tuple[int, str], float] = {}

    def begin(self, *, replaces: bool) -> None:
        """A template serves from now on; `replaces`: one that still served."""
        self.begun_at = time.time()
        self.replaced += replaces

    def told(self, templates: list[int]) -> dict[str, float]:
        """All of it; `templates` are the processes that there are now."""
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
    # Servers are forked by the template's only thread.
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended, or the kernel lacks this file
        return []


def _own_cpu(pid: int) -> dict[tuple[int, str], float]:
    """Seconds of a process by its id and its start, which together are no other's."""
    try:
        # Behind the name, which may hold anything: proc(5), fields 14, 15 and 22.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return {}
    return {(pid, fields[19]): (int(fields[11]) + int(fields[12])) / _TICKS_PER_S}
