"""One control group, in version 1 and in version 2; `cgroups` says where they are made.

Everything is counted from `begin` on, and limited relative to what is there at that moment.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

V1_CONTROLLERS = ("memory", "pids", "cpuacct")
V1_SHARES = "cpu"
"""The controller that is used where it can be had; often it has one tree with cpuacct. With it
each run gets its share of the CPUs, however many threads it has."""
# More than that must be a compiler's or a virtual machine's files, which were read into the page
# cache for the first time. They stay there, and with the group they cease to be anybody's.
_LEFT_BYTES = 8 << 20
_SWAP_LIMIT = "memory.memsw.limit_in_bytes"  # of memory and swap together
# Not 0: of two limits that are equal the kernel counts only this one as reached.
_SWAP_BYTES = 1 << 20
_OWN_PROCESSES = 1  # the case itself
_READ_BYTES = 16384
_THRASHING_PER_CPU_S = 50_000  # a page that comes back costs 5 microseconds: a quarter of the time
_NS_PER_S = 1e9
_US_PER_S = 1e6


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
        """Give its processes as little of the CPUs as can be, for good; see `_starve`."""

    def remove(self) -> None:
        """Remove the group; whatever is in it must be dead."""


def _fields(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


class _Files:
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


class _Refaults:
    """Pages of files that were dropped for want of memory and have come back, since `begin`."""

    def __init__(self, memory: _Files) -> None:
        self._memory = memory
        self._base = 0

    def begin(self) -> None:
        self._base = self._count()

    def are_many(self, cpu_s: float) -> bool:
        """Whether they took much of `cpu_s`."""
        return self._count() - self._base > _THRASHING_PER_CPU_S * cpu_s

    def _count(self) -> int:
        return _fields(self._memory.read("memory.stat")).get("workingset_refault_file", 0)


def _starve(files: _Files, weight: tuple[str, str]) -> None:
    """Leave a group what nobody else wants of the CPUs.

    A weight and no quota: what a process has used beyond its quota in the kernel it owes, and can't
    die before it has paid; see decision 0018. Without full preemption a loop in the kernel gives
    way to nobody whatever we say, so this comes after the filter, which lets no such loop begin.
    """
    for name, value in (weight, ("cpu.idle", "1")):
        with contextlib.suppress(OSError):  # not every kernel and container has them
            files.write(name, value)


class GroupV1:
    """A group in version 1: a folder in each of three trees."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._memory, self._pids, self._cpu = (
            _Files(folders[controller]) for controller in V1_CONTROLLERS
        )
        self._all = [self._memory, self._pids, self._cpu]
        if V1_SHARES in folders:
            self._all.append(_Files(folders[V1_SHARES]))
        for files in self._all:
            files.folder.mkdir()
        self._counts_swap = (self._memory.folder / _SWAP_LIMIT).exists()
        self._base_cpu = self._base_memory = self._base_kills = self._left_memory = 0
        self._refaults = _Refaults(self._memory)

    def entrances(self) -> list[int]:
        # A child enters as the one thread that it has: for that the kernel takes no lock of the
        # whole machine, whose taking lasts 10 ms (Linux, `cgroup_procs_write_start`).
        self._left_memory = self._memory_bytes()
        return [files.entrance("tasks") for files in self._all]

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        self._memory.write("memory.failcnt", 0)
        self._memory.write("memory.max_usage_in_bytes", 0)
        self._base_memory = self._left_memory if replaced else self._memory_bytes()
        self._memory.write("memory.limit_in_bytes", self._base_memory + memory_bytes)
        self._limit_swap(self._base_memory + memory_bytes + _SWAP_BYTES)
        self._pids.write("pids.max", processes + _OWN_PROCESSES)
        self._base_kills = self._kills()
        self._refaults.begin()
        self._base_cpu = int(self._cpu.read("cpuacct.usage"))

    def _limit_swap(self, both_bytes: int) -> None:
        """Limit memory and swap together: never less than the limit of memory alone."""
        if self._counts_swap:
            self._memory.write(_SWAP_LIMIT, both_bytes)

    def cpu_s(self) -> float:
        return (int(self._cpu.read("cpuacct.usage")) - self._base_cpu) / _NS_PER_S

    def is_thrashing(self) -> bool:
        return self._reached_limit() and self._refaults.are_many(self.cpu_s())

    def spent(self) -> Spent:
        peak = int(self._memory.read("memory.max_usage_in_bytes"))
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            out_of_memory=self._kills() > self._base_kills,
            reached_limit=self._reached_limit(),
        )

    def _reached_limit(self) -> bool:
        return int(self._memory.read("memory.failcnt")) > 0

    def _memory_bytes(self) -> int:
        return int(self._memory.read("memory.usage_in_bytes"))

    def _kills(self) -> int:
        return _fields(self._memory.read("memory.oom_control")).get("oom_kill", 0)

    def rest(self) -> bool:
        try:
            self._limit_swap(-1)
            self._memory.write("memory.limit_in_bytes", -1)
            self._pids.write("pids.max", "max")
            return self._memory_bytes() <= _LEFT_BYTES
        except OSError:
            return False

    def starve(self) -> None:
        _starve(self._all[-1], ("cpu.shares", "2"))

    def remove(self) -> None:
        for files in self._all:
            files.remove()


class GroupV2:
    """A group in version 2: one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._files = _Files(folder)
        self._base_cpu = self._base_memory = self._left_memory = 0
        self._base_events: dict[str, int] = {}
        self._refaults = _Refaults(self._files)
        self._peak = -1
        for name, value in (("memory.oom.group", "1"), ("memory.swap.max", "0")):
            with contextlib.suppress(OSError):  # older kernels, or no swap: nothing to forbid
                (folder / name).write_text(value)

    def entrances(self) -> list[int]:
        self._left_memory = self._memory_bytes()
        return [self._files.entrance("cgroup.procs")]

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        self._forget_peak()
        self._base_memory = self._left_memory if replaced else self._memory_bytes()
        self._files.write("memory.max", self._base_memory + memory_bytes)
        self._files.write("pids.max", processes + _OWN_PROCESSES)
        self._base_events = self._events()
        self._refaults.begin()
        self._base_cpu = self._cpu_us()

    def _forget_peak(self) -> None:
        """Let the peak start anew: it does so per open file, since Linux 6.12."""
        if self._peak >= 0:
            os.pwrite(self._peak, b"reset", 0)
            return
        with contextlib.suppress(OSError):
            peak = os.open(self._files.folder / "memory.peak", os.O_RDWR | os.O_CLOEXEC)
            try:
                os.pwrite(peak, b"reset", 0)
            except OSError:
                os.close(peak)
            else:
                self._peak = peak

    def _memory_bytes(self) -> int:
        return int(self._files.read("memory.current"))

    def _cpu_us(self) -> int:
        return _fields(self._files.read("cpu.stat")).get("usage_usec", 0)

    def _events(self) -> dict[str, int]:
        return _fields(self._files.read("memory.events"))

    def cpu_s(self) -> float:
        return (self._cpu_us() - self._base_cpu) / _US_PER_S

    def is_thrashing(self) -> bool:
        return self._reached_limit() and self._refaults.are_many(self.cpu_s())

    def spent(self) -> Spent:
        peak = self._read_peak()
        events = self._events()
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            out_of_memory=self._is_more(events, "oom_kill"),
            reached_limit=self._is_more(events, "max"),
        )

    def _reached_limit(self) -> bool:
        return self._is_more(self._events(), "max")

    def _is_more(self, events: dict[str, int], name: str) -> bool:
        return events.get(name, 0) > self._base_events.get(name, 0)

    def _read_peak(self) -> int:
        if self._peak >= 0:
            return int(os.pread(self._peak, 64, 0))
        try:
            return int(self._files.read("memory.peak"))
        except OSError:  # before Linux 5.19: what is there now is the best that can be said
            return self._memory_bytes()

    def rest(self) -> bool:
        """Without a peak that starts anew a new group is needed, which version 2 makes fast."""
        if self._peak < 0:
            return False
        try:
            self._files.write("memory.max", "max")
            self._files.write("pids.max", "max")
            return self._memory_bytes() <= _LEFT_BYTES
        except OSError:
            return False

    def starve(self) -> None:
        _starve(self._files, ("cpu.weight", "1"))

    def remove(self) -> None:
        if self._peak >= 0:
            os.close(self._peak)
            self._peak = -1
        self._files.remove()


def remove_folder(folder: Path) -> None:
    """Remove a group's folder; one that is gone already is fine."""
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()
