"""One control group: the code that both cgroup versions share; `v1` and `v2` have the rest.

Usage is counted from `begin` on, and limits are relative to the usage at that moment.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# If a group still uses more memory, these are files of a compiler or virtual machine, read into the
# page cache for the first time. They stay cached, and no group is charged for them any more once
# this one is removed.
LEFT_BYTES = 8 << 20
OWN_PROCESSES = 1  # the case itself
_READ_BYTES = 16384
_THRASHING_PER_CPU_S = 50_000  # reading a page again costs 5 microseconds: a quarter of the time


@dataclass(frozen=True, slots=True)
class Spent:
    """Usage of the group's processes since `begin`.

    `lost_process`: the kernel killed one of them for lack of memory. That is this run's doing only
    if it also `reached_limit`, its own limit of memory. Otherwise the machine lacks memory, or the
    group above, for instance that of a container.
    """

    cpu_s: float
    memory_bytes: int
    lost_process: bool
    reached_limit: bool

    @property
    def out_of_memory(self) -> bool:
        """Whether a process was killed because the run exceeded its own limit."""
        return self.lost_process and self.reached_limit


class Group(Protocol):
    """One group, for one child at a time."""

    def entrances(self) -> list[int]:
        """Return new descriptors; a child that writes "0" to them enters. The caller closes them.

        The group's memory usage at this moment doesn't count for the child.
        """

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        """Set the limits and start counting.

        `replaced`: the waiting process will execute another program, so that the memory it uses
        now is freed.
        """

    def cpu_s(self) -> float:
        """Return the CPU seconds used since `begin`."""

    def threads(self) -> list[int]:
        """Return the ids of the threads in the group."""

    def is_thrashing(self) -> bool:
        """Whether much of the CPU time since `begin` was spent reading dropped pages again.

        When memory gets short the kernel first drops pages of files, also of the programs that
        run. Their next use reads them again, and other pages are dropped: no process is killed,
        and none makes progress.
        """

    def spent(self) -> Spent:
        """Return the usage since `begin`."""

    def rest(self) -> bool:
        """Lift the limits for the next child; return False if the group can't be used again."""

    def starve(self) -> None:
        """Give the group's processes the least possible CPU time from now on; see `starve`."""

    def remove(self) -> None:
        """Remove the group; all its processes must be dead."""


def threads_in(text: str) -> list[int]:
    """Parse the kernel's list of thread ids; 0 is a thread that this process can't see."""
    return [int(number) for number in text.split() if number != "0"]


def fields(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


class GroupFiles:
    """A group's folder; the files that each run reads and writes stay open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[tuple[str, int], int] = {}

    def read(self, name: str) -> str:
        return os.pread(self._fd(name, os.O_RDONLY), _READ_BYTES, 0).decode()

    def write(self, name: str, value: object) -> None:
        os.pwrite(self._fd(name, os.O_WRONLY), str(value).encode(), 0)

    def _fd(self, name: str, access: int) -> int:
        fd = self._open.get((name, access))
        if fd is None:
            fd = self._open[name, access] = os.open(self.folder / name, access | os.O_CLOEXEC)
        return fd

    def entrance(self, name: str) -> int:
        return os.open(self.folder / name, os.O_WRONLY | os.O_CLOEXEC)

    def remove(self) -> None:
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()
        remove_folder(self.folder)


class Refaults:
    """Counts the file pages that were dropped for lack of memory and read again, since `begin`."""

    def __init__(self, memory: GroupFiles) -> None:
        self._memory = memory
        self._base = 0

    def begin(self) -> None:
        self._base = self._count()

    def are_many(self, cpu_s: float) -> bool:
        """Whether reading them again took much of `cpu_s`."""
        return self._count() - self._base > _THRASHING_PER_CPU_S * cpu_s

    def _count(self) -> int:
        return fields(self._memory.read("memory.stat")).get("workingset_refault_file", 0)


def starve(files: GroupFiles, weight: tuple[str, str]) -> None:
    """Give a group only the CPU time that no other process wants.

    A weight, not a quota: a process that exceeds its quota inside the kernel has to wait before it
    can die; see decision 0018. Without full preemption a loop in the kernel ignores weights, so the
    system call filter must prevent such loops in the first place.
    """
    for name, value in (weight, ("cpu.idle", "1")):
        with contextlib.suppress(OSError):  # not every kernel and container has them
            files.write(name, value)


def remove_folder(folder: Path) -> None:
    """Remove a group's folder, if it still exists."""
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()
