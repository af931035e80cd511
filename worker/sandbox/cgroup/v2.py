"""A control group in version 2: one folder; its memory peak can be reset since Linux 6.12."""

import contextlib
import os
from pathlib import Path

from worker.sandbox.cgroup.groups import (
    LEFT_BYTES,
    OWN_PROCESSES,
    GroupFiles,
    Refaults,
    Spent,
    fields,
    starve,
    threads_in,
)

_US_PER_S = 1e6


class GroupV2:
    """A group in version 2: one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._files = GroupFiles(folder)
        self._base_cpu = self._base_memory = self._left_memory = 0
        self._base_events: dict[str, int] = {}
        self._refaults = Refaults(self._files)
        self._peak = -1
        for name, value in (("memory.oom.group", "1"), ("memory.swap.max", "0")):
            with contextlib.suppress(OSError):  # the file is missing: an older kernel, or no swap
                (folder / name).write_text(value)

    def entrances(self) -> list[int]:
        self._left_memory = self._memory_bytes()
        return [self._files.entrance("cgroup.procs")]

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        # Reset the peak; since Linux 6.12 that is possible, per open file.
        if self._peak >= 0:
            os.pwrite(self._peak, b"reset", 0)
        else:
            with contextlib.suppress(OSError):
                peak = os.open(self._files.folder / "memory.peak", os.O_RDWR | os.O_CLOEXEC)
                try:
                    os.pwrite(peak, b"reset", 0)
                except OSError:
                    os.close(peak)
                else:
                    self._peak = peak
        self._base_memory = self._left_memory if replaced else self._memory_bytes()
        self._files.write("memory.max", self._base_memory + memory_bytes)
        self._files.write("pids.max", processes + OWN_PROCESSES)
        self._base_events = self._events()
        self._refaults.begin()
        self._base_cpu = self._cpu_us()

    def _memory_bytes(self) -> int:
        return int(self._files.read("memory.current"))

    def _cpu_us(self) -> int:
        return fields(self._files.read("cpu.stat")).get("usage_usec", 0)

    def _events(self) -> dict[str, int]:
        return fields(self._files.read("memory.events"))

    def cpu_s(self) -> float:
        return (self._cpu_us() - self._base_cpu) / _US_PER_S

    def threads(self) -> list[int]:
        return threads_in(self._files.read("cgroup.threads"))

    def is_thrashing(self) -> bool:
        reached_limit = self._is_more(self._events(), "max")
        return reached_limit and self._refaults.are_many(self.cpu_s())

    def spent(self) -> Spent:
        if self._peak >= 0:
            peak = int(os.pread(self._peak, 64, 0))
        else:
            try:
                peak = int(self._files.read("memory.peak"))
            except OSError:  # before Linux 5.19 there is no peak: take the present usage
                peak = self._memory_bytes()
        events = self._events()
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            lost_process=self._is_more(events, "oom_kill"),
            reached_limit=self._is_more(events, "max"),
        )

    def _is_more(self, events: dict[str, int], name: str) -> bool:
        return events.get(name, 0) > self._base_events.get(name, 0)

    def rest(self) -> bool:
        """If the peak can't be reset, a new group is needed, which version 2 makes fast."""
        if self._peak < 0:
            return False
        try:
            self._files.write("memory.max", "max")
            self._files.write("pids.max", "max")
            return self._memory_bytes() <= LEFT_BYTES
        except OSError:
            return False

    def starve(self) -> None:
        starve(self._files, ("cpu.weight", "1"))

    def remove(self) -> None:
        if self._peak >= 0:
            os.close(self._peak)
            self._peak = -1
        self._files.remove()
