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
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from worker.sandbox.cgroup.groups import Group, remove_folder
from worker.sandbox.cgroup.v1 import V1_CONTROLLERS, V1_SHARES, GroupV1
from worker.sandbox.cgroup.v2 import GroupV2

_FOLDER = "shousi"
_LEAF = "shousi-leaf"
_MOST_MOVES = 100
CLOSE_WAIT_S = 2.0
BUSY_PAUSE_S = 0.01
_MOST_WEIGHT = 100  # times the usual one: what the kernel accepts
_PF_EXITING = 0x4


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
        """Remove the groups of dead owners, and kill whatever still runs in them.

        False where one is left because its processes aren't gone yet: sweep again soon.
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
        """Sweep until all is clean; what is slow to die is left to whoever sweeps next."""
        deadline = time.monotonic() + CLOSE_WAIT_S
        while not self.sweep() and time.monotonic() < deadline:
            time.sleep(BUSY_PAUSE_S)


def find_tree(mounts: str = "/proc/self/mounts") -> Tree | None:
    """The tree that we can write to, made ready; None where there is none."""
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
            # The tree that shares out the CPUs, too: without it threads get shares, and not runs.
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
    """Let all runs together weigh as much as one process on each CPU; `usual` is what one weighs.

    Below a group of the usual weight all of them would get no more than one other process.
    """
    (folder / name).write_text(str(usual * min(os.cpu_count() or 1, _MOST_WEIGHT)))


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
    for _ in range(_MOST_MOVES):
        with contextlib.suppress(OSError):  # not everybody is given it; see `_weigh`
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
        # Not those that these start meanwhile: hence the loop around this.
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(pid)
    raise OSError(errno.EBUSY, "processes appear as fast as they are moved", str(group))


def start_time(pid: int) -> int | None:
    """When process `pid` started, in the kernel's ticks; None when it is dead or ends just now."""
    try:
        return start_in(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return None


def start_in(stat: str) -> int | None:
    """`start_time`, from what the kernel says of a process.

    One that ends closes its files first: its connections' ends are seen before it counts as dead.
    """
    fields = stat.rpartition(")")[2].split()
    ends = fields[0] in ("Z", "X") or int(fields[6]) & _PF_EXITING
    return None if ends else int(fields[19])


def _process_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def owner_name() -> str:
    """The part of a group's name that tells whose it is: ours."""
    pid = os.getpid()
    return f"{_process_namespace()}-{pid}-{start_time(pid)}"


def owner_is_dead(name: str) -> bool:
    """Whether whoever `owner_name` named is dead; False where that can't be seen from here."""
    namespace, pid, started, *_ = [*name.split("-"), "", "", ""]
    if namespace != str(_process_namespace()) or not pid.isdigit():
        return False  # another container's, or nothing of ours
    return str(start_time(int(pid))) != started


def _kill_members(group: Path) -> None:
    """Kill the processes in a group. They aren't waited for: one may be busy for long in a system
    call that looks at no signal."""
    for word in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            pidfd = os.pidfd_open(int(word))
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            finally:
                os.close(pidfd)
