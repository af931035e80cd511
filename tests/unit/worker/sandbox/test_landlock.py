"""The sandbox without namespaces: runs must not see the machine's files or each other.

Each test runs with the strongest restrictions that the machine supports, and with the weakest:
Landlock's first ABI, and the worker's user id for every run.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.descriptors import wait_readable
from judge.job import Kind, Source
from judge.limits import MIB, Limits
from judge.result import Ending, RunResult
from tests.support.jails import PROJECT, landlock_or_skip, open_python, runner_python
from tests.support.missing import missing
from worker.judging.compiling import build
from worker.sandbox.base import CompileRequest, Party, Program, Runtime
from worker.sandbox.forkserver import landlock, mounts
from worker.sandbox.forkserver.host_process import HostProcess
from worker.sandbox.forkserver.interpreter import find_interpreter
from worker.sandbox.forkserver.view import select_binds
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

_LIMITS = Limits(cpu_s=5.0, wall_s=60.0, memory_bytes=128 * MIB, output_bytes=MIB)
_OWNER = b"""
import os
open("told", "w").write("secret")
print(os.getcwd(), os.getpid(), flush=True)
input()
"""
_SPY = b"""
import os, sys
place, pid = input().split()
for attempt in (lambda: os.listdir(place), lambda: open(place + "/told"),
                lambda: open(place + "/new", "w"), lambda: os.unlink(place + "/told"),
                lambda: os.kill(int(pid), 9), lambda: open(f"/proc/{pid}/mem"),
                lambda: open(f"/proc/{pid}/environ")):
    try:
        attempt()
        sys.stderr.write("got through")
    except OSError:
        pass
print("done")
"""
_READS = b"""
import os, sys
for path in sys.argv[1:]:
    try:
        print(path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(40))
    except OSError:
        pass
"""
_CHANGES = b"""
import os, sys
for path in sys.argv[1:]:
    for attempt in (lambda: os.truncate(path, 0), lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
                    lambda: os.open(path, os.O_WRONLY), lambda: os.unlink(path),
                    lambda: os.rename(path, "mine"), lambda: os.link(path, "mine"),
                    lambda: os.chmod(path, 0), lambda: os.utime(path, (1, 1))):
        try:
            attempt()
        except OSError:
            pass
print("done")
"""


@pytest.fixture(scope="module", params=["strongest", "weakest"])
def python_and_abi(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    abi = landlock_or_skip()
    if request.param == "weakest":
        yield runner_python(), 1
        return
    with open_python() as python:
        yield python, abi


@pytest.fixture(scope="module")
def jail(python_and_abi: tuple[str, int]) -> Iterator[NamespaceSandbox]:
    python, abi = python_and_abi
    with contextlib.closing(start_sandbox(python, landlock_abi=abi)) as sandbox:
        yield sandbox


def run(jail: NamespaceSandbox, source: bytes, *words: str) -> RunResult:
    program = Program(Runtime.PYTHON, {"main.py": source}, ("main.py", *words))
    return jail.run(program, b"", _LIMITS)


def test_a_run_has_a_folder_that_is_gone_afterwards(jail: NamespaceSandbox) -> None:
    done = run(jail, b"import os; open('left', 'w'); os.chmod('.', 0); print(os.getcwd())")
    assert done.ending is Ending.EXITED
    assert not Path(done.stdout.decode().strip()).exists()


def test_secrets_of_the_machine_are_not_read(jail: NamespaceSandbox, tmp_path: Path) -> None:
    database = tmp_path / "shousi.db"
    database.write_text("who has which password")
    database.chmod(0o644)
    ours = f"/proc/{os.getpid()}"
    paths = [str(database), str(tmp_path), str(PROJECT), str(PROJECT / "problems"), "/etc/passwd"]
    paths += [f"{ours}/{name}" for name in ("environ", "cmdline", "maps", "fd", "cwd", "root")]
    paths += ["/proc", "/tmp", "/proc/self/environ", "/proc/self/mountinfo", "/proc/self/net/unix"]
    assert run(jail, _READS, *paths).stdout == b""


_FORGOTTEN = """
import os, sys
from pathlib import Path
from runner import landlock, linux
abi, pinned = int(sys.argv[1]), sys.argv[2] == "pinned"
to_child, to_parent = os.pipe(), os.pipe()
pid = os.fork()
if pid == 0:
    linux.set_no_new_privileges()
    rules = landlock.Ruleset(abi)
    for name in landlock._OWN:
        rules.allow(f"/proc/self/{name}", landlock._READING)
    rules.enforce()
    while True:
        try:
            Path("/proc/self/cmdline").read_bytes()
            os.write(to_parent[1], b"+")
        except PermissionError:
            os.write(to_parent[1], b"-")
        os.read(to_child[0], 1)
pins = landlock.pin_entries(pid) if pinned else []
print(os.read(to_parent[0], 1).decode(), end="")
# Whoever lists all processes just then holds the entry too: the kernel is told more than once.
for _ in range(1 if pinned else 20):
    for _ in range(3):
        Path("/proc/sys/vm/drop_caches").write_text("2")
    os.write(to_child[1], b".")
    answer = os.read(to_parent[0], 1).decode()
    if answer == "-":
        break
print(answer)
os.kill(pid, 9)
os.waitpid(pid, 0)
"""


@pytest.mark.parametrize(("how", "answers"), [("pinned", "++"), ("free", "+-")])
def test_own_entries_are_read_after_the_kernel_needed_memory(how: str, answers: str) -> None:
    """The kernel then drops entries of /proc that no process holds; here the test makes it do
    so.
    """
    abi = landlock_or_skip()
    if not os.access("/proc/sys/vm/drop_caches", os.W_OK):
        missing("the right to have the kernel forget entries of /proc (root)")
    command = [sys.executable, "-c", _FORGOTTEN, str(abi), how]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == answers, done.stderr


def test_nothing_outside_is_changed(jail: NamespaceSandbox) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"kept")
        file.flush()
        Path(file.name).chmod(0o644)
        before = Path(file.name).stat()
        own = mounts.PROJECT / "runner" / "linux.py"
        lines = own.read_bytes()
        assert run(jail, _CHANGES, file.name, str(own)).stdout == b"done\n"
        after = Path(file.name).stat()
        assert Path(file.name).read_bytes() == b"kept"
        assert own.read_bytes() == lines
        assert (before.st_mode, before.st_mtime) == (after.st_mode, after.st_mtime)


def test_one_run_does_not_see_another(jail: NamespaceSandbox) -> None:
    """Two programs run at once: one tells the other the path of its file and its process id."""
    owner, spy = (Program(Runtime.PYTHON, {"main.py": one}, ("main.py",)) for one in (_OWNER, _SPY))
    done = jail.interact(Party(owner, _LIMITS), Party(spy, _LIMITS), lambda _: True)
    assert done.partner.stderr == b""
    assert (done.run.ending, done.partner.ending) == (Ending.EXITED, Ending.EXITED)


def test_the_server_outlives_signals(jail: NamespaceSandbox) -> None:
    """Also if it has the same user id."""
    source = b"""
import ctypes, os, signal, sys
libc = ctypes.CDLL(None)
server = os.getppid()
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    for pid in (server, -server, -1):
        try:
            os.kill(pid, number)
        except OSError:
            pass
    libc.tkill(server, int(number))
    libc.tgkill(server, server, int(number))
    libc.sigqueue(server, int(number), 0)
    reader, writer = os.pipe()
    libc.fcntl(reader, 8, server)
    libc.fcntl(reader, 10, int(number))
    libc.fcntl(reader, 4, 0o20000)
    os.write(writer, b"x")
print("done")
"""
    where = b"import os; print(os.getppid())"
    before = run(jail, where).stdout
    run(jail, source)
    assert run(jail, where).stdout == before


def test_own_signals_work(jail: NamespaceSandbox) -> None:
    source = b"""
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: print("caught"))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
os.abort()
"""
    done = run(jail, source)
    assert (done.ending, done.signal) == (Ending.SIGNALED, signal.SIGABRT)


def test_a_compilers_children_end_with_it(jail: NamespaceSandbox) -> None:
    """A process that a compiler leaves behind, in a session of its own, holds a file open."""
    jail.await_ready(Runtime.EXEC)
    script = b'setsid sh -c "pwd > where; exec sleep 1000" & while ! test -s where; do :; done\n'
    request = CompileRequest(Runtime.EXEC, {"build": script}, ("sh", "build"), ("where",))
    made = jail.compile(request, _LIMITS)
    assert made.run.ending is Ending.EXITED, made.run
    box = made.artefact["where"].decode().strip()
    assert not Path(box).exists()
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            assert not str(entry.readlink()).startswith(box)


def test_paths_of_the_jail_are_found_in_the_own_folder(jail: NamespaceSandbox) -> None:
    jail.await_ready(Runtime.EXEC)
    program = Program(
        Runtime.EXEC, {"say": b"#!/bin/sh\necho $0 $HOME $PWD $1 $2"},
        ("/app/say", "-D=/box/x", "/apples/box"), env={"HOME": "/box"},
    )  # fmt: skip
    done = jail.run(program, b"", _LIMITS)
    found = re.fullmatch(rb"(.+)/app/say (.+)/box (.+)/box -D=(.+)/box/x (.+)\n", done.stdout)
    assert found is not None, done
    assert found[1] == found[2] == found[3] == found[4]
    assert found[5] == b"/apples/box"


_MAKES_A_FILE = """
import java.nio.file.*;
public class Main {
    public static void main(String[] words) throws Exception {
        Path folder = Files.createTempFile("own", ".txt").getParent();
        System.out.println(folder.equals(Path.of("").toAbsolutePath()));
    }
}
"""


def test_javas_temporary_files_are_in_the_own_folder(jail: NamespaceSandbox) -> None:
    jail.await_ready(Runtime.EXEC)
    limits = Limits(cpu_s=20.0, wall_s=60.0, memory_bytes=512 * MIB)
    made = build(Source("java", _MAKES_A_FILE), Kind.STDIO, {}, limits, jail)
    assert made.program is not None, made
    assert jail.run(made.program, b"", limits).stdout == b"true\n"


def test_a_killed_server_leaves_nothing(python_and_abi: tuple[str, int]) -> None:
    python, abi = python_and_abi
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        host = HostProcess(Path(name), python, landlock_abi=abi)
        sandbox = NamespaceSandbox(Path(name), use_cgroups=False, pool_depth=0)
        sandbox.await_ready(Runtime.PYTHON)
        server, folder = run(
            sandbox,
            b"import os; print(os.getppid(), os.path.dirname(os.path.dirname(os.getcwd())))",
        ).stdout.split()
        child = sandbox._spawn(Runtime.PYTHON, Limits())
        case = os.dup(child.channels.case_pidfd)
        os.kill(int(server), signal.SIGKILL)
        assert wait_readable([case], 20.0)
        os.close(case)
        child.close()
        sandbox.await_ready(Runtime.PYTHON)
        assert run(sandbox, b"print(1)").stdout == b"1\n"
        assert not Path(folder.decode()).exists()
        sandbox.close()
        host.stop()
        assert not (Path(name) / "root").exists()


def test_who_may_change_users_gives_each_run_its_own() -> None:
    landlock_or_skip()
    with open_python() as python:
        shared = landlock.why_shared(select_binds(find_interpreter(python).folders))
        umask = os.umask(0o077)  # the service's own
        try:
            sandbox = start_sandbox(python, landlock_abi=landlock.find_abi())
        finally:
            os.umask(umask)
        with contextlib.closing(sandbox):
            seen = {run(sandbox, b"import os; print(os.getuid())").stdout for _ in range(3)}
    assert len(seen) == (1 if shared else 3)


@pytest.mark.parametrize("code", ["ENOSYS", "EOPNOTSUPP", "EPERM"])
def test_a_kernel_without_it_is_told_with_the_remedy(code: str) -> None:
    script = (
        "import errno, platform, sys\n"
        "from runner import linux\n"
        "from worker.sandbox.seccomp import filters\n"
        "from worker.sandbox.forkserver.landlock import find_abi\n"
        "program = filters.Assembler(); program.start(platform.machine())\n"
        "program.rule(444, filters.refuse(getattr(errno, sys.argv[1])))\n"
        "linux.set_no_new_privileges(); linux.install_filter(program.finish())\n"
        "find_abi()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, code], cwd=PROJECT, capture_output=True, text=True
    )
    remedy = {"ENOSYS": "5.13", "EOPNOTSUPP": "lsm=", "EPERM": "--security-opt"}[code]
    assert "SandboxError" in done.stderr
    assert remedy in done.stderr
