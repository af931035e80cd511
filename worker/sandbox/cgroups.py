"""Control groups, where we may write them: what a run spends, and the walls around memory.

Theory of operation. Only the trusted side makes, reads and limits groups; a child enters one
through descriptors that we opened. A group is used for one child at a time. Making one costs
10 ms in version 1, so they are kept and used again: every number is taken relative to the moment
when the job is delivered, and so is the memory limit, so that neither the idle child nor what a
former run left in the page cache counts.

Version 1 has a tree per controller, version 2 one tree with rules about who may have processes.
Folders carry their owner's name (process namespace, process, its start time), so that those of a
dead owner can be told and swept. Where nothing is writable there are no groups, and the stricter
rules of `namespaces` take their place.
"""

import contextlib
import errno
import itertools
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from worker.sandbox.waiting import wait_readable

_FOLDER = "shousi"
_LEAF = "shousi-leaf"
_V1_CONTROLLERS = ("memory", "pids", "cpuacct")
_FORCE_EMPTY_ABOVE_BYTES = 8 << 20
_KILL_WAIT_S = 2.0
_NS_PER_S = 1e9
_US_PER_S = 1e6

_numbers = itertools.count()  # no two groups of a process share a name, whichever pool's they are


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
        """New descriptors to `cgroup.procs`, for the child; the caller closes them."""

    def begin(self, memory_bytes: int, processes: int) -> None:
        """Limit the group from now on, and count from now on."""

    def cpu_s(self) -> float:
        """CPU seconds since `begin`."""

    def spent(self) -> Spent:
        """Everything since `begin`."""

    def rest(self) -> bool:
        """Lift the limits for the next child; False where the group can't be used again."""

    def remove(self) -> None:
        """Remove the group; whatever is in it must be dead."""


def _fields(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


class _Files:
    """A group's folder; the files that are read often stay open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, int] = {}

    def read(self, name: str) -> str:
        fd = self._open.get(name)
        if fd is None:
            fd = self._open[name] = os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(fd, 4096, 0).decode()

    def write(self, name: str, value: object) -> None:
        (self.folder / name).write_text(str(value))

    def entrance(self) -> int:
        return os.open(self.folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)

    def remove(self) -> None:
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()
        remove_folder(self.folder)


class GroupV1:
    """A group in version 1: a folder in each of three trees."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._memory, self._pids, self._cpu = (
            _Files(folders[controller]) for controller in _V1_CONTROLLERS
        )
        for files in (self._memory, self._pids, self._cpu):
            files.folder.mkdir()
        self._base_cpu = self._base_memory = self._base_kills = 0

    def entrances(self) -> list[int]:
        return [files.entrance() for files in (self._memory, self._pids, self._cpu)]

    def begin(self, memory_bytes: int, processes: int) -> None:
        self._memory.write("memory.failcnt", 0)
        self._memory.write("memory.max_usage_in_bytes", 0)
        self._base_memory = int(self._memory.read("memory.usage_in_bytes"))
        self._memory.write("memory.limit_in_bytes", self._base_memory + memory_bytes)
        self._pids.write("pids.max", processes + 2)  # init, and the case itself
        self._base_kills = self._kills()
        self._base_cpu = int(self._cpu.read("cpuacct.usage"))

    def cpu_s(self) -> float:
        return (int(self._cpu.read("cpuacct.usage")) - self._base_cpu) / _NS_PER_S

    def spent(self) -> Spent:
        peak = int(self._memory.read("memory.max_usage_in_bytes"))
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            out_of_memory=self._kills() > self._base_kills,
            reached_limit=int(self._memory.read("memory.failcnt")) > 0,
        )

    def _kills(self) -> int:
        return _fields(self._memory.read("memory.oom_control")).get("oom_kill", 0)

    def rest(self) -> bool:
        try:
            self._memory.write("memory.limit_in_bytes", -1)
            self._pids.write("pids.max", "max")
            if int(self._memory.read("memory.usage_in_bytes")) > _FORCE_EMPTY_ABOVE_BYTES:
                self._memory.write("memory.force_empty", 0)
        except OSError:
            return False
        return True

    def remove(self) -> None:
        for files in (self._memory, self._pids, self._cpu):
            files.remove()


class GroupV2:
    """A group in version 2: one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._files = _Files(folder)
        self._base_cpu = self._base_memory = 0
        self._base_events: dict[str, int] = {}
        self._peak = -1
        for name, value in (("memory.oom.group", 1), ("memory.swap.max", 0)):
            with contextlib.suppress(OSError):  # older kernels, or no swap: nothing to forbid
                self._files.write(name, value)

    def entrances(self) -> list[int]:
        return [self._files.entrance()]

    def begin(self, memory_bytes: int, processes: int) -> None:
        self._forget_peak()
        self._base_memory = int(self._files.read("memory.current"))
        self._files.write("memory.max", self._base_memory + memory_bytes)
        self._files.write("pids.max", processes + 2)
        self._base_events = self._events()
        self._base_cpu = self._cpu_us()

    def _forget_peak(self) -> None:
        """Let the peak start anew: it does so per open file, since Linux 6.12."""
        if self._peak < 0:
            with contextlib.suppress(OSError):
                self._peak = os.open(self._files.folder / "memory.peak", os.O_RDWR | os.O_CLOEXEC)
        if self._peak >= 0:
            os.pwrite(self._peak, b"reset", 0)

    def _cpu_us(self) -> int:
        return _fields(self._files.read("cpu.stat")).get("usage_usec", 0)

    def _events(self) -> dict[str, int]:
        return _fields(self._files.read("memory.events"))

    def cpu_s(self) -> float:
        return (self._cpu_us() - self._base_cpu) / _US_PER_S

    def spent(self) -> Spent:
        peak = self._read_peak()
        events, before = self._events(), self._base_events
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            out_of_memory=events.get("oom_kill", 0) > before.get("oom_kill", 0),
            reached_limit=events.get("max", 0) > before.get("max", 0),
        )

    def _read_peak(self) -> int:
        if self._peak >= 0:
            return int(os.pread(self._peak, 64, 0))
        try:
            return int(self._files.read("memory.peak"))
        except OSError:  # before Linux 5.19: what is there now is the best that can be said
            return int(self._files.read("memory.current"))

    def rest(self) -> bool:
        """Without a peak that starts anew a new group is needed, which version 2 makes fast."""
        if self._peak < 0:
            return False
        try:
            self._files.write("memory.max", "max")
            self._files.write("pids.max", "max")
        except OSError:
            return False
        return True

    def remove(self) -> None:
        if self._peak >= 0:
            os.close(self._peak)
            self._peak = -1
        self._files.remove()


@dataclass(frozen=True, slots=True)
class Tree:
    """Where groups are made: one folder in version 2, one per controller in version 1."""

    version: int
    folders: dict[str, Path]

    def make(self, name: str) -> Group:
        """A new group; raises OSError."""
        if self.version == 2:
            return GroupV2(self.folders["unified"] / name)
        return GroupV1({one: folder / name for one, folder in self.folders.items()})

    def sweep(self) -> bool:
        """Remove the groups of dead owners, with whatever still runs in them.

        False where one is left because the kernel still has work with it: sweep again soon.
        """
        stale = [
            group
            for folder in self.folders.values()
            for group in folder.iterdir()
            if group.is_dir() and _owner_is_dead(group.name)
        ]
        clean = True
        for group in stale:
            try:
                _kill_members(group)
                remove_folder(group)
            except OSError:
                clean = False
        return clean


def find_tree(mounts: str = "/proc/self/mounts") -> Tree | None:
    """The tree that we can write to, made ready; None where there is none."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in Path(mounts).read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2":
            v2 = Path(place)
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(_V1_CONTROLLERS):
                v1[controller] = Path(place)
    try:
        if len(v1) == len(_V1_CONTROLLERS):
            folders = {one: v1[one] / _FOLDER for one in _V1_CONTROLLERS}
        elif v2 is not None:
            folders = {"unified": _delegate(v2)}
        else:
            return None
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
            if not os.access(folder, os.W_OK):
                return None
        if v2 is not None and "unified" in folders:
            _enable(folders["unified"])
    except OSError:
        return None
    return Tree(1 if len(folders) > 1 else 2, folders)


def _delegate(root: Path) -> Path:
    """Our folder in version 2's tree: at its very root as root, else below our own group."""
    parent = root
    if (root / "cgroup.type").exists() or not os.access(root, os.W_OK):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        own = next(line[3:] for line in lines if line.startswith("0::"))
        parent = root / own.strip("/")
        if parent.name == _LEAF:
            parent = parent.parent
    _enable(parent)
    return parent / _FOLDER


def _enable(group: Path) -> None:
    """Give the groups below `group` their controllers. Its processes must move to a leaf first."""
    control = group / "cgroup.subtree_control"
    try:
        control.write_text("+memory +pids")
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        leaf = group / _LEAF
        leaf.mkdir(exist_ok=True)
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(pid)
        control.write_text("+memory +pids")


def start_time(pid: int) -> int | None:
    """When process `pid` started, in the kernel's ticks; None when it is dead."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def _process_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def owner_name() -> str:
    """The part of a group's name that tells whose it is: ours."""
    pid = os.getpid()
    return f"{_process_namespace()}-{pid}-{start_time(pid)}"


def _owner_is_dead(name: str) -> bool:
    namespace, pid, started, *_ = [*name.split("-"), "", "", ""]
    if namespace != str(_process_namespace()) or not pid.isdigit():
        return False  # another container's, or nothing of ours
    return str(start_time(int(pid))) != started


def _kill_members(group: Path) -> None:
    """Kill the processes in a group and wait until they are gone."""
    for word in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            pidfd = os.pidfd_open(int(word))
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                wait_readable([pidfd], _KILL_WAIT_S)
            finally:
                os.close(pidfd)


def remove_folder(folder: Path) -> None:
    """Remove a group's folder; one that is gone already is fine."""
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()


class GroupPool:
    """Groups to use again. Thread-safe."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._free: list[Group] = []

    def take(self) -> Group:
        """A group with nothing in it and no limits; raises OSError."""
        with self._lock:
            if self._free:
                return self._free.pop()
        return self._tree.make(f"{owner_name()}-{next(_numbers)}")

    def give_back(self, group: Group) -> None:
        """Take back a group whose processes are all dead."""
        if group.rest():
            with self._lock:
                self._free.append(group)
        else:
            group.remove()

    def close(self) -> None:
        """Remove the groups that were given back."""
        with self._lock:
            for group in self._free:
                group.remove()
            self._free.clear()
