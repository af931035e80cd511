"""Whichever process dies, nothing is left: no process, no control group, no file."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from judge.descriptors import wait_readable
from judge.limits import Limits
from judge.result import Ending
from tests.support.jails import PROJECT, light_python, runner_python
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.forkserver.host import HOST_SOCKET
from worker.sandbox.forkserver.host_process import HostProcess
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

_ONE = Program(Runtime.PYTHON, {"submission.py": b"print(1)"}, ("submission.py",))
_SEED = Program(Runtime.PYTHON, {"submission.py": b"print(hash('x'))"}, ("submission.py",))
_LONG = Program(
    Runtime.PYTHON, {"submission.py": b"import time; time.sleep(1000)"}, ("submission.py",)
)
_DEADLINE_S = 120.0
_SUPERVISOR = """
import json, sys, threading
from pathlib import Path
from tests.unit.worker.sandbox.test_nothing_left import _LONG, _ONE
from judge.limits import Limits
from worker.sandbox.cgroup.tree import owner_name
from worker.sandbox.namespaces import NamespaceSandbox
sandbox = NamespaceSandbox(Path(sys.argv[1]))
sandbox.run(_ONE, b"", Limits())
threading.Thread(target=sandbox.run, args=(_LONG, b"", Limits(wall_s=999.0))).start()
while sandbox._pool.take(_LONG.runtime) is None: pass
print(json.dumps(owner_name()), flush=True)
"""
# Once a later supervisor has got the host's state, the host has also seen the first one's
# connection close.
_HUNG_UP = """
import json, sys
from pathlib import Path
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.cgroup.pool import GroupPool
from worker.sandbox.base import Runtime
from worker.sandbox.forkserver.host_client import HostClient
GroupPool(cgroups.find_tree()).take()
for _ in range(2):
    client = HostClient(Path(sys.argv[1]))
    client.await_ready(Runtime.PYTHON, 60.0)
    client.close()
print(json.dumps(cgroups.owner_name()), flush=True)
sys.stdin.read()
"""


def children_of(pid: int) -> list[int]:
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def processes_below(pid: int) -> set[int]:
    """The process `pid` and all its descendants."""
    found = {pid}
    try:
        children = children_of(pid)
    except OSError:
        return set()
    for child in children:
        found |= processes_below(child)
    return found


def servers_below(host: int) -> set[int]:
    """The servers that a host's only template has forked: three generations below the host."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for outer in children_of(host):
            for template in children_of(outer):
                found.update(children_of(template))
    return found


def eventually(holds: Callable[[], object]) -> bool:
    """Return whether `holds` becomes true; there is no event to wait for when the kernel cleans up
    after a death.
    """
    deadline = time.monotonic() + _DEADLINE_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def all_dead(pids: set[int]) -> bool:
    return all(cgroups.start_time(pid) is None for pid in pids)


def runs(sandbox: NamespaceSandbox) -> bool:
    """Whether a program runs; while a server dies and another starts, SandboxError is right."""
    try:
        return sandbox.run(_ONE, b"", Limits()).stdout == b"1\n"
    except SandboxError:
        return False


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def groups_before() -> set[Path]:
    """This process's control groups of other tests' sandboxes."""
    return set(groups_of(cgroups.owner_name()))


def groups_of(owner: str) -> list[Path]:
    tree = cgroups.find_tree()
    folders = tree.folders.values() if tree is not None else ()
    return [group for folder in folders for group in folder.glob(f"{owner}-*")]


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A run directory; its path is too long for a socket's address."""
    folder = tempfile.mkdtemp(prefix="shousi-test-")
    deep = Path(folder, *["a-rather-long-name-for-a-folder"] * 4)
    deep.mkdir(parents=True)
    yield deep
    shutil.rmtree(folder)


@pytest.fixture
def host(run_dir: Path) -> Iterator[HostProcess]:
    process = HostProcess(run_dir, light_python(), runtimes=[Runtime.PYTHON])
    yield process
    process.stop()


def test_close_gives_everything_back(
    groups_before: set[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    others = set(children_of(os.getpid()))
    sandbox = start_sandbox(runner_python())
    sandbox.run(_ONE, b"", Limits())
    # Other sandboxes of this process make jails in advance meanwhile.
    hosts = set(children_of(os.getpid())) - others
    started = {pid for host in hosts for pid in processes_below(host)}
    owner = cgroups.owner_name()
    descriptors = open_descriptors()
    for _ in range(5):
        sandbox.run(_ONE, b"", Limits())
    assert list(tmp_path.iterdir())
    sandbox.close()
    assert len(started) > 2
    assert eventually(lambda: all_dead(started))
    assert set(groups_of(owner)) <= groups_before
    assert not list(tmp_path.iterdir())
    assert open_descriptors() <= descriptors


def test_runs_keep_no_descriptor(host: HostProcess, run_dir: Path) -> None:
    sandbox = NamespaceSandbox(run_dir, pool_depth=0)
    sandbox.await_ready(Runtime.PYTHON)
    sandbox.run(_ONE, b"", Limits())
    before = open_descriptors()
    for _ in range(5):
        sandbox.run(_ONE, b"", Limits())
        sandbox.run(_LONG, b"", Limits(wall_s=0.05))
    assert open_descriptors() == before
    sandbox.close()


def test_a_killed_supervisor(host: HostProcess, run_dir: Path) -> None:
    watcher = NamespaceSandbox(run_dir)
    watcher.await_ready(Runtime.PYTHON)
    before = processes_below(host.pid)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _SUPERVISOR, str(run_dir)], stdout=subprocess.PIPE, cwd=PROJECT
    )
    assert supervisor.stdout is not None
    owner = json.loads(supervisor.stdout.readline())
    # One child runs and one is taken, each with its process 1; the pool waits for a pause before it
    # makes more.
    assert eventually(lambda: len(processes_below(host.pid) - before) >= 4)
    children = processes_below(host.pid) - before
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    assert eventually(lambda: all_dead(children))
    assert eventually(lambda: groups_of(owner) == [])
    assert watcher.run(_ONE, b"", Limits()).stdout == b"1\n"
    watcher.close()


def test_a_supervisor_that_hangs_up_before_it_dies(host: HostProcess, run_dir: Path) -> None:
    """As happens to each one that is killed: the kernel closes its files first."""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _HUNG_UP, str(run_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT,
    )  # fmt: skip
    assert supervisor.stdout is not None
    owner = json.loads(supervisor.stdout.readline())
    assert groups_of(owner)
    supervisor.communicate()
    assert eventually(lambda: groups_of(owner) == [])


def test_a_killed_host_is_started_again(
    host: HostProcess, run_dir: Path, groups_before: set[Path]
) -> None:
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    with ThreadPoolExecutor(1) as pool:
        ready = processes_below(host.pid)
        running = pool.submit(sandbox.run, _LONG, b"", Limits(wall_s=999.0))
        assert eventually(lambda: len(processes_below(host.pid) - ready) >= 2)
        old = processes_below(host.pid)
        os.kill(host.pid, signal.SIGKILL)
        with pytest.raises(SandboxError):
            running.result()
    assert eventually(lambda: all_dead(old))
    assert eventually(lambda: runs(sandbox))
    sandbox.close()
    assert set(groups_of(cgroups.owner_name())) <= groups_before


def test_a_killed_fork_server_is_started_again(
    host: HostProcess, run_dir: Path, groups_before: set[Path]
) -> None:
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    sandbox.run(_ONE, b"", Limits())
    servers = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
    for server in servers:
        os.kill(int(server), signal.SIGKILL)
    assert eventually(lambda: runs(sandbox))
    sandbox.close()
    assert set(groups_of(cgroups.owner_name())) <= groups_before


def test_a_worn_fork_server_is_replaced_by_another_fork(run_dir: Path) -> None:
    host = HostProcess(run_dir, light_python(), worn_after=3, runtimes=[Runtime.PYTHON])
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    seeds: set[bytes] = set()
    servers: set[int] = set()

    def have_changed() -> bool:
        seeds.add(sandbox.run(_SEED, b"", Limits()).stdout)
        servers.update(servers_below(host.pid))
        return len(servers) > 3

    # Several servers replaced each other, no run failed, and the modules were loaded only once.
    assert eventually(have_changed)
    assert len(seeds) == 1
    sandbox.close()
    host.stop()


def test_after_a_while_the_address_layout_is_another(run_dir: Path) -> None:
    host = HostProcess(run_dir, light_python(), fresh_after_s=0.1, runtimes=[Runtime.PYTHON])
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    seeds: set[bytes] = set()

    def have_changed() -> bool:
        seeds.add(sandbox.run(_SEED, b"", Limits()).stdout)
        return len(seeds) > 2

    assert eventually(have_changed)
    sandbox.close()
    host.stop()


def test_servers_side_by_side(run_dir: Path, groups_before: set[Path]) -> None:
    host = HostProcess(run_dir, light_python(), servers=3, runtimes=[Runtime.PYTHON])
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    with ThreadPoolExecutor(8) as pool:
        runs_of = [pool.submit(sandbox.run, _SEED, b"", Limits()) for _ in range(60)]
    assert {one.result().ending for one in runs_of} == {Ending.EXITED}
    servers = servers_below(host.pid)
    assert len(servers) == 3
    # One of them is killed: all are started again, and nothing of the old ones is left.
    os.kill(servers.pop(), signal.SIGKILL)
    assert eventually(lambda: not servers & processes_below(host.pid))
    assert eventually(lambda: runs(sandbox))
    assert len(servers_below(host.pid)) == 3
    sandbox.close()
    host.stop()
    assert set(groups_of(cgroups.owner_name())) <= groups_before


def test_a_host_that_is_told_to_end_leaves_its_folder_to_the_next(
    host: HostProcess, run_dir: Path
) -> None:
    sandbox = NamespaceSandbox(run_dir)
    sandbox.await_ready(Runtime.PYTHON)
    first = host.pid
    os.kill(first, signal.SIGTERM)
    assert eventually(lambda: host.pid != first)
    assert eventually(lambda: runs(sandbox))
    sandbox.close()


def test_a_host_that_is_just_being_started_again_ends_too(run_dir: Path) -> None:
    host = HostProcess(run_dir, light_python())
    killed: set[int] = set()

    def hosts() -> set[int]:
        found = set()
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if os.fsencode(run_dir) in command.read_bytes().split(b"\0"):
                    found.add(int(command.parent.name))
        return found - killed

    def is_starting_again() -> bool:
        # On a busy machine the next server may be ready before the test sees it: then try again.
        for pid in hosts():
            killed.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        (run_dir / HOST_SOCKET).unlink(missing_ok=True)
        return eventually(hosts) and not (run_dir / HOST_SOCKET).exists()

    assert eventually(is_starting_again)
    host.stop()
    assert not hosts()


def test_a_host_without_its_parent_ends(run_dir: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from worker.sandbox.forkserver.host_process import HostProcess;"
        "host = HostProcess(Path(sys.argv[1]), sys.argv[2]); print(host.pid, flush=True);"
        "time.sleep(1000)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(run_dir), light_python()],
        stdout=subprocess.PIPE, cwd=PROJECT,
    )  # fmt: skip
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    pidfd = os.pidfd_open(pid)
    started = processes_below(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_readable([pidfd], _DEADLINE_S)
    os.close(pidfd)
    assert eventually(lambda: all_dead(started))
    assert list(run_dir.iterdir()) == [] if run_dir.exists() else True


def test_without_a_host_there_is_no_jail(run_dir: Path) -> None:
    sandbox = NamespaceSandbox(run_dir)
    assert not sandbox.ready(Runtime.PYTHON)
    assert "host" in sandbox.trouble()
    with pytest.raises(SandboxError, match="no jail"):
        sandbox.run(_ONE, b"", Limits())
    sandbox.close()


def test_a_runtime_that_cannot_start_says_why(run_dir: Path) -> None:
    broken = run_dir / "python"
    broken.write_text("#!/bin/sh\nexit 9\n")
    broken.chmod(0o755)
    with pytest.raises(SandboxError, match=str(broken)):
        start_sandbox(str(broken), run_dir / "run")


def test_the_result_of_a_run_whose_daemon_lives_on(host: HostProcess, run_dir: Path) -> None:
    sandbox = NamespaceSandbox(run_dir)
    if not sandbox.has_groups:
        sandbox.close()
        return
    sandbox.await_ready(Runtime.PYTHON)
    source = b"import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nprint(1)"
    program = Program(Runtime.PYTHON, {"submission.py": source}, ("submission.py",))
    before = processes_below(host.pid)
    result = sandbox.run(program, b"", Limits())
    sandbox.close()
    assert (result.ending, result.stdout) == (Ending.EXITED, b"1\n")
    assert eventually(lambda: processes_below(host.pid) - before == set())
