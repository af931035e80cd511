"""Control groups: the choice of a tree, version 2's arithmetic, and removing the groups of dead
owners.
"""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.missing import missing
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.cgroup.groups import Spent
from worker.sandbox.cgroup.pool import GroupPool
from worker.sandbox.cgroup.tree import Tree, find_tree, owner_name
from worker.sandbox.cgroup.v2 import GroupV2

_MB = 1 << 20


def _mounts(tmp_path: Path, *lines: str) -> str:
    file = tmp_path / "mounts"
    file.write_text("".join(f"{line} 0 0\n" for line in ("proc /proc proc rw", *lines)))
    return str(file)


def test_no_tree_where_nothing_is_mounted(tmp_path: Path) -> None:
    assert find_tree(_mounts(tmp_path)) is None


def test_version_1_needs_all_controllers(tmp_path: Path) -> None:
    for name in ("memory", "pids", "cpu,cpuacct"):
        (tmp_path / name).mkdir()
    lines = [f"cgroup {tmp_path}/{name} cgroup rw,{name}" for name in ("memory", "cpu,cpuacct")]
    assert find_tree(_mounts(tmp_path, *lines)) is None
    tree = find_tree(_mounts(tmp_path, *lines, f"cgroup {tmp_path}/pids cgroup rw,pids"))
    assert tree is not None
    assert tree.version == 1
    assert tree.folders["cpuacct"] == tmp_path / "cpu,cpuacct" / "shousi"


def test_version_2_gets_its_controllers_from_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    tree = find_tree(_mounts(tmp_path, f"cgroup2 {root} cgroup2 rw,relatime"))
    assert tree == Tree(2, {"unified": root / "shousi"})
    assert (root / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (root / "shousi" / "cgroup.subtree_control").read_text() == "+memory +pids"


def _group(folder: Path) -> GroupV2:
    """A group whose files look like the kernel's."""
    group = GroupV2(folder)
    _write(folder, memory__max="", pids__max="")
    return group


class _NoInternalProcesses:
    """A group's files that follow version 2's rule: a group with processes can't enable controllers
    for its children.

    While one of its processes is moved, another starts, `births` times.
    """

    def __init__(self, group: Path, births: int) -> None:
        self.group = group
        self.members = ["1"]
        self._births = births

    def write_text(self, path: Path, text: str) -> int:
        if path == self.group / "cgroup.subtree_control" and self.members:
            raise OSError(errno.EBUSY, "there are processes")
        if path == self.group / "shousi-leaf" / "cgroup.procs":
            self.members.remove(text)
            if self._births:
                self._births -= 1
                self.members.append(str(self._births + 2))
        return path.write_bytes(text.encode())

    def read_text(self, path: Path) -> str:
        if path == self.group / "cgroup.procs":
            return "".join(f"{one}\n" for one in self.members)
        return path.read_bytes().decode()


@pytest.mark.parametrize(("births", "is_found"), [(0, True), (3, True), (9**9, False)])
def test_version_2_moves_processes_out_of_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, births: int, is_found: bool
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    kernel = _NoInternalProcesses(root, births)
    monkeypatch.setattr(Path, "write_text", lambda path, text: kernel.write_text(path, text))
    monkeypatch.setattr(Path, "read_text", lambda path: kernel.read_text(path))
    mounts = tmp_path / "mounts"
    mounts.write_bytes(f"cgroup2 {root} cgroup2 rw 0 0\n".encode())
    assert (find_tree(str(mounts)) is not None) is is_found
    if is_found:
        assert kernel.members == []


def _write(folder: Path, **files: object) -> None:
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(str(value))


def test_version_2_counts_from_the_jobs_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    group = _group(folder)
    _write(folder, memory__current=3 * _MB, cpu__stat="usage_usec 5000000\nuser_usec 1\n")
    _write(folder, memory__events="low 0\nmax 4\noom_kill 2\n", memory__stat="")
    group.begin(64 * _MB, 10)
    assert (folder / "memory.max").read_text() == str(67 * _MB)
    assert (folder / "pids.max").read_text() == "11"
    assert (folder / "memory.oom.group").read_text() == "1"
    assert group.spent() == Spent(0.0, 0, lost_process=False, reached_limit=False)
    _write(folder, memory__current=13 * _MB, cpu__stat="usage_usec 5250000\n")
    _write(folder, memory__events="low 0\nmax 9\noom_kill 3\n")
    spent = group.spent()
    assert spent == Spent(0.25, 10 * _MB, lost_process=True, reached_limit=True)
    assert spent.out_of_memory
    _write(folder, memory__events="low 0\nmax 4\noom_kill 3\n")  # the group above lacked memory
    spent = group.spent()
    assert spent.lost_process
    assert not spent.out_of_memory


def test_time_that_goes_into_dropped_pages_is_memory(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    group = _group(folder)
    _write(folder, memory__current=_MB, cpu__stat="usage_usec 0\n", memory__events="max 0\n")
    _write(folder, memory__stat="anon 1\nworkingset_refault_file 1000000\n")
    group.begin(64 * _MB, 10)
    _write(folder, cpu__stat="usage_usec 1000000\n", memory__events="max 1\n")
    assert not group.is_thrashing()
    _write(folder, memory__stat="anon 1\nworkingset_refault_file 1200000\n")
    assert group.is_thrashing()
    _write(folder, memory__events="max 0\n")  # another group's lack of memory
    assert not group.is_thrashing()


def test_what_a_program_replaces_is_not_counted_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    group = _group(folder)
    _write(folder, memory__current=2 * _MB, cpu__stat="usage_usec 0\n", memory__events="max 0\n")
    _write(folder, cgroup__procs="", memory__stat="")
    for entrance in group.entrances():
        os.close(entrance)
    _write(folder, memory__current=5 * _MB)  # the child that waits
    group.begin(64 * _MB, 10, replaced=True)
    assert (folder / "memory.max").read_text() == str(66 * _MB)


def test_a_version_2_group_without_a_peak_is_used_once(tmp_path: Path) -> None:
    assert GroupV2(tmp_path / "group").rest() is False


def test_a_process_tells_its_start_while_it_lives() -> None:
    process = subprocess.Popen(["sleep", "100"])
    started = cgroups.start_time(process.pid)
    process.kill()
    # A zombie counts as dead, too: its parent has not waited for it yet.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert started is not None
    assert cgroups.start_time(process.pid) is None
    process.wait()
    assert cgroups.start_time(os.getpid()) == cgroups.start_time(os.getpid())


@pytest.mark.parametrize(
    ("state", "flags", "start"),
    [("S", 0x400000, 777), ("R", 0x400004, None), ("Z", 0x400004, None), ("X", 0, None)],
)
def test_a_process_that_ends_is_dead(state: str, flags: int, start: int | None) -> None:
    stat = f"5 (odd) name) {state} 1 5 5 0 -1 {flags} {'0 ' * 12}777 4096 9\n"
    assert cgroups.start_in(stat) == start


@pytest.fixture
def tree() -> Tree:
    found = find_tree()
    if found is None:
        missing("writable control groups")
    return found


def test_a_group_is_used_again(tree: Tree) -> None:
    pool = GroupPool(tree)
    first = pool.take()
    second = pool.take()
    pool.give_back(first)
    assert pool.take() is first or tree.version == 2
    for group in (first, second):
        group.remove()
    pool.close()


def test_a_busy_group_is_removed_when_it_can_be(tmp_path: Path) -> None:
    """A folder with files in it is as hard to remove as a group with a process."""
    pool = GroupPool(Tree(2, {"unified": tmp_path}))
    busy = [pool.take() for _ in range(2)]
    folders = sorted(tmp_path.iterdir())
    for folder in folders:
        (folder / "busy").touch()
    for group in busy:
        pool.give_back(group)
    assert sorted(tmp_path.iterdir()) == folders
    for path in [path for folder in folders[:1] for path in folder.iterdir()]:
        path.unlink()
    pool.give_back(pool.take())
    assert folders[0] not in tmp_path.iterdir()
    for path in [path for folder in tmp_path.iterdir() for path in folder.iterdir()]:
        path.unlink()
    pool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_owners_groups_are_swept(tree: Tree) -> None:
    code = (
        "from worker.sandbox.cgroup.tree import find_tree, owner_name;"
        "find_tree().make(owner_name() + '-7'); print(owner_name())"
    )
    dead = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    mine = tree.make(f"{owner_name()}-sweep")
    folders = list(tree.folders.values())
    assert all((folder / f"{dead}-7").is_dir() for folder in folders)
    tree.sweep()
    assert not any((folder / f"{dead}-7").exists() for folder in folders)
    assert all((folder / f"{owner_name()}-sweep").is_dir() for folder in folders)
    mine.remove()


def test_a_stale_groups_processes_are_killed(tree: Tree) -> None:
    namespace = owner_name().split("-")[0]
    name = f"{namespace}-{2**22 + 1}-1-0"  # beyond the highest process number there can be
    group = tree.make(name)
    process = subprocess.Popen(["sleep", "1000"])
    for fd in group.entrances():
        os.write(fd, str(process.pid).encode())
        os.close(fd)
    tree.sweep()
    assert process.wait(10) == -9
    tree.sweep()
    assert not any((folder / name).exists() for folder in tree.folders.values())
