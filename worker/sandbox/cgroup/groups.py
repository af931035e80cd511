"""One control group: what both versions have in common; `v1` and `v2` have what differs.

Everything is counted from `begin` on, and limited relative to what is there at that moment.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# More than that must be a compiler's or a virtual machine's files, which were read into the page
# cache for the first time. They stay there, and with the group they cease to be anybody's.
LEFT_BYTES = 8 << 20
OWN_PROCESSES = 1  # the case itself
_READ_BYTES = 16384
_THRASHING_PER_CPU_S = 50_000  # a page that comes back costs 5 microseconds: a quarter of the time


@dataclass(frozen=True, slots=True)
class Spent:
    """What the group's processes spent since `begin`; `out_of_memory` when one was killed."""

    cpu_s: float
    memory_bytes: int
    out_of_memory: bool
    reached_limit: bool


class Group(Protocol):
    """One group, for one child at a time."""

    def entrances(self) -> list[int]:
        """New descriptors to write "0" to, for the child to enter; the caller closes them.

        What is in the group now is not the child's.
        """

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        """Limit the group from now on, and count from now on.

        `replaced`: the process that waits becomes another program, and what it has used so far
        goes with it.
        """

    def cpu_s(self) -> float:
        """CPU seconds since `begin`."""

    def threads(self) -> list[int]:
        """The numbers of the threads that are in it now."""

    def is_thrashing(self) -> bool:
        """Whether much of the time since `begin` went into bringing back what had to be dropped.

        Where memory gets short the kernel first drops pages of files, those of the programs that
        run included. They come back at their next use, and others go: nobody is killed, and
        nothing gets on.
        """

    def spent(self) -> Spent:
        """Everything since `begin`."""

    def rest(self) -> bool:
        """Lift the limits for the next child; False where the group can't be used again."""

    def starve(self) -> None:
        """Give its processes as little of the CPUs as can be, for good; see `starve`."""

    def remove(self) -> None:
        """Remove the group; whatever is in it must be dead."""


def threads_in(text: str) -> list[int]:
    """What the kernel lists, a number a line; 0 is one whose number can't be seen from here."""
    return [int(number) for number in text.split() if number != "0"]


def fields(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


class GroupFiles:
    """A group's folder; the files that are read and written with each run stay open."""

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
    """Pages of files that were dropped for want of memory and have come back, since `begin`."""

    def __init__(self, memory: GroupFiles) -> None:
        self._memory = memory
        self._base = 0

    def begin(self) -> None:
        self._base = self._count()

    def are_many(self, cpu_s: float) -> bool:
        """Whether they took much of `cpu_s`."""
        return self._count() - self._base > _THRASHING_PER_CPU_S * cpu_s

    def _count(self) -> int:
        return fields(self._memory.read("memory.stat")).get("workingset_refault_file", 0)


def starve(files: GroupFiles, weight: tuple[str, str]) -> None:
    """Leave a group what nobody else wants of the CPUs.

    A weight and no quota: what a process has used beyond its quota in the kernel it owes, and can't
    die before it has paid; see decision 0018. Without full preemption a loop in the kernel gives
    way to nobody whatever we say, so this comes after the filter, which lets no such loop begin.
    """
    for name, value in (weight, ("cpu.idle", "1")):
        with contextlib.suppress(OSError):  # not every kernel and container has them
            files.write(name, value)


def remove_folder(folder: Path) -> None:
    """Remove a group's folder; one that is gone already is fine."""
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()
