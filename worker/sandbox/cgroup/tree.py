"""The tree of control groups, which measure a run's usage and limit its memory.

Theory of operation. Only the trusted side makes, reads and limits groups; a child enters a group
through descriptors that the worker opened. A group is used for one child at a time. Making one
costs 10 ms in version 1, so groups are reused: every figure is relative to the moment when the job
is delivered, and so is the memory limit. So neither the idle child's memory counts, nor pages that
an earlier run left in the page cache.

Version 1 has a tree per controller, version 2 one tree with rules about which groups may have
processes. A folder's name contains its owner (process namespace, process, its start time), so that
groups of dead owners can be found and removed. If no tree is writable there are no groups, and the
stricter rules of `namespaces` apply.
"""

import contextlib
import errno
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from judge.proc_stat import FLAGS, START_TICKS, STATE, stat_fields
from worker.sandbox.cgroup.groups import Group, remove_folder
from worker.sandbox.cgroup.v1 import V1_CONTROLLERS, V1_SHARES, GroupV1
from worker.sandbox.cgroup.v2 import GroupV2

_FOLDER = "shousi"
_LEAF = "shousi-leaf"
_MOST_MOVES = 100
CLOSE_WAIT_S = 2.0
BUSY_PAUSE_S = 0.01
_MOST_WEIGHT = 100  # times the default weight: the most that the kernel accepts
_PF_EXITING = 0x4


@dataclass(frozen=True, slots=True)
class Tree:
    """Where groups are made: one folder in version 2, one per controller in version 1."""

    version: int
    folders: dict[str, Path]

    def make(self, name: str) -> Group:
        """Make a new group; raises OSError."""
        if self.version == 2:
            return GroupV2(self.folders["unified"] / name)
        return GroupV1({one: folder / name for one, folder in self.folders.items()})

    def sweep(self) -> bool:
        """Remove the groups of dead owners, and kill the processes that still run in them.

        Return False if a group is left because its processes haven't ended yet: sweep again soon.
        """
        stale = [
            group
            for folder in self.folders.values()
            for group in folder.iterdir()
            if group.is_dir() and owner_is_dead(group.name)
        ]
        clean = True
        for group in stale:
            try:
                _kill_members(group)
                remove_folder(group)
            except OSError:
                clean = False
        return clean

    def sweep_at_last(self) -> None:
        """Sweep until no such group is left, for a short time; the next sweep takes the rest."""
        deadline = time.monotonic() + CLOSE_WAIT_S
        while not self.sweep() and time.monotonic() < deadline:
            time.sleep(BUSY_PAUSE_S)


def find_tree(mounts: str = "/proc/self/mounts") -> Tree | None:
    """Find and prepare a tree that this process can write to; None if there is none."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in Path(mounts).read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2":
            v2 = Path(place)
        elif kind == "cgroup":
            for controller in set(options.split(",")) & {*V1_CONTROLLERS, V1_SHARES}:
                v1[controller] = Path(place)
    try:
        if v1.keys() >= set(V1_CONTROLLERS):
            folders = {one: v1[one] / _FOLDER for one in V1_CONTROLLERS}
            # Use the CPU controller too: without it CPU time is divided by threads, not by runs.
            shares = v1.get(V1_SHARES, Path()) / _FOLDER
            with contextlib.suppress(OSError):
                shares.mkdir(exist_ok=True)
                _weigh(shares, "cpu.shares", 1024)
                if shares not in folders.values():
                    folders[V1_SHARES] = shares
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
            with contextlib.suppress(OSError):
                _weigh(folders["unified"], "cpu.weight", 100)
    except OSError:
        return None
    return Tree(1 if len(folders) > 1 else 2, folders)


def _weigh(folder: Path, name: str, usual: int) -> None:
    """Give all runs together the CPU weight of one process per CPU; `usual` is one process's.

    In a group of the usual weight all runs together would get no more than one other process.
    """
    (folder / name).write_text(str(usual * min(os.cpu_count() or 1, _MOST_WEIGHT)))


def _delegate(root: Path) -> Path:
    """Return our folder in version 2's tree: at its root if root may, else below our own group."""
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
    """Enable the controllers for the groups below `group`; first move its processes to a leaf."""
    control = group / "cgroup.subtree_control"
    for _ in range(_MOST_MOVES):
        with contextlib.suppress(OSError):  # often not allowed; see `_weigh`
            control.write_text("+cpu")
        try:
            control.write_text("+memory +pids")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        else:
            return
        leaf = group / _LEAF
        leaf.mkdir(exist_ok=True)
        # They may start new processes meanwhile, which stay: hence the outer loop.
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(pid)
    raise OSError(errno.EBUSY, "new processes start as fast as they are moved", str(group))


def start_time(pid: int) -> int | None:
    """Return when process `pid` started, in clock ticks; None if it is dead or just exiting."""
    try:
        return start_in(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return None


def start_in(stat: str) -> int | None:
    """Return `start_time` from the text of /proc/PID/stat.

    A process that exits closes its files first: its peers see that before it counts as dead.
    """
    fields = stat_fields(stat)
    ends = fields[STATE] in ("Z", "X") or int(fields[FLAGS]) & _PF_EXITING
    return None if ends else int(fields[START_TICKS])


def _process_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def owner_name() -> str:
    """Return the part of a group's name that identifies this process as its owner."""
    pid = os.getpid()
    return f"{_process_namespace()}-{pid}-{start_time(pid)}"


def owner_is_dead(name: str) -> bool:
    """Whether the owner in a group's name is dead; False if this process can't know it."""
    namespace, pid, started, *_ = [*name.split("-"), "", "", ""]
    if namespace != str(_process_namespace()) or not pid.isdigit():
        return False  # another container's group, or another program's
    return str(start_time(int(pid))) != started


def _kill_members(group: Path) -> None:
    """Kill the processes in a group without waiting for their end: one may be in a long system
    call that no signal interrupts."""
    for word in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            pidfd = os.pidfd_open(int(word))
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            finally:
                os.close(pidfd)
