"""What callers of the sandbox rely on, tested with the real one."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from judge.limits import MIB, Limits
from judge.result import Ending, ReplyKind, RunResult
from runner.protocol import Spawn
from tests.support.jails import DRIVER, PROJECT, TORCH_PATIENCE_S, runner_python
from tests.support.missing import missing
from worker.sandbox.base import CompileRequest, Program, Runtime, SandboxError
from worker.sandbox.namespaces import NamespaceSandbox


def script(source: str, *arguments: str, **env: str) -> Program:
    files = {"submission.py": source.encode()}
    return Program(Runtime.PYTHON, files, ("submission.py", *arguments), env=env)


def driven(source: str, runtime: Runtime = Runtime.PYTHON) -> Program:
    files = {"main.py": DRIVER, "submission.py": source.encode()}
    return Program(runtime, files, ("main.py",), driver=True)


def out(jail: NamespaceSandbox, source: str, stdin: bytes = b"", **limits: float) -> bytes:
    result = jail.run(script(source), stdin, Limits(**limits))  # type: ignore[arg-type]
    assert (result.ending, result.exit_code) == (Ending.EXITED, 0), result
    return result.stdout


def test_a_program_reads_and_prints(jail: NamespaceSandbox) -> None:
    result = jail.run(script("print(int(input()) + 1)"), b"41\n", Limits())
    assert (result.stdout, result.stderr, result.reply) == (b"42\n", b"", None)
    assert 0 < result.usage.cpu_s < 1
    assert result.usage.cpu_s < result.usage.wall_s + 0.1


def test_a_big_input_and_a_big_output(jail: NamespaceSandbox) -> None:
    data = b"x" * (30 * MIB)
    source = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data[:7_000_000])"
    assert out(jail, source, data) == data[:7_000_000]


def test_an_input_that_is_not_read_does_no_harm(jail: NamespaceSandbox) -> None:
    assert out(jail, "print(1)", b"x" * (10 * MIB)) == b"1\n"


SEES = """
import os, sys, traceback
print(sys.path, sys.executable, sys.prefix, os.__file__)
for name in ("cmdline", "maps", "mountinfo", "mounts"):
    print(open(f"/proc/self/{name}").read())
try:
    os.path.join(1)
except TypeError:
    print(traceback.format_exc())
"""


@pytest.mark.parametrize("runtime", [Runtime.PYTHON, Runtime.TORCH])
def test_nothing_tells_where_the_service_is_installed(
    jail: NamespaceSandbox, runtime: Runtime
) -> None:
    program = Program(runtime, {"submission.py": SEES.encode()}, ("submission.py",))
    result = jail.run(program, b"", Limits())
    assert result.exit_code == 0, result
    seen = result.stdout.decode()
    assert "/runtime/runner" in seen
    assert "/runtime/packages" in seen
    for path in (PROJECT, Path(sys.prefix), Path(sys.base_prefix), Path(runner_python()).parent):
        assert str(path) not in seen


def test_the_hosts_name_is_hidden(jail: NamespaceSandbox) -> None:
    assert out(jail, "import os; print(os.uname().nodename)") == b"runner\n"


def test_making_a_device_is_an_attack(jail: NamespaceSandbox) -> None:
    source = "import os, stat; os.mknod('memory', 0o600 | stat.S_IFCHR, os.makedev(1, 1))"
    assert jail.run(script(source), b"", Limits()).ending is Ending.FORBIDDEN


def test_an_answer_comes_back_apart_from_what_is_printed(jail: NamespaceSandbox) -> None:
    source = "print('seen')\ndef solve(n):\n    print('too')\n    return n + 1"
    result = jail.run(driven(source), b"41", Limits())
    assert result.reply is not None
    assert (result.reply.kind, result.reply.payload) == (ReplyKind.ANSWER, b"42\n")
    assert result.stdout == b"seen\ntoo\n"


def test_a_driver_that_only_prints_gives_an_empty_answer(jail: NamespaceSandbox) -> None:
    program = Program(Runtime.PYTHON, {"main.py": b"print(5)"}, ("main.py",), driver=True)
    result = jail.run(program, b"", Limits())
    assert result.reply is not None
    assert (result.reply.kind, result.reply.payload, result.stdout) == (
        ReplyKind.ANSWER, b"", b"5\n",
    )  # fmt: skip


def test_an_exception_names_the_submissions_line_only(jail: NamespaceSandbox) -> None:
    result = jail.run(driven("def solve(n):\n    return [][n]\n"), b"41", Limits())
    reply = result.reply
    assert reply is not None
    assert (reply.kind, reply.error_type, reply.line) == (ReplyKind.EXCEPTION, "IndexError", 2)
    assert "main.py" not in reply.text
    assert "harness" not in reply.text
    assert result.exit_code == 1
    assert result.stderr.decode() == reply.text


def test_a_missing_entry_says_what_to_define(jail: NamespaceSandbox) -> None:
    reply = jail.run(driven("def solv(n): return n"), b"41", Limits()).reply
    assert reply is not None
    assert "def solve(n)" in reply.text


def test_an_exceptions_type_has_its_module(jail: NamespaceSandbox) -> None:
    source = "import json\nclass Mine(Exception): pass\n"
    own = jail.run(script(source + "raise Mine"), b"", Limits()).reply
    other = jail.run(script(source + "json.loads('{')"), b"", Limits()).reply
    assert own is not None
    assert other is not None
    assert (own.error_type, other.error_type) == ("Mine", "json.decoder.JSONDecodeError")


def test_arguments_and_environment(jail: NamespaceSandbox) -> None:
    source = "import os, sys; print(sys.argv[1:], os.environ['WORD'])"
    result = jail.run(script(source, "a", "字", WORD="x=y"), b"", Limits())
    assert result.stdout.decode() == "['a', '字'] x=y\n"


def test_support_files_can_be_imported(jail: NamespaceSandbox) -> None:
    files = {"submission.py": b"import lib.tool; print(lib.tool.N)", "lib/tool.py": b"N = 5"}
    program = Program(Runtime.PYTHON, files, ("submission.py",))
    assert jail.run(program, b"", Limits()).stdout == b"5\n"


def test_a_file_outside_the_folder_is_refused(jail: NamespaceSandbox) -> None:
    program = Program(Runtime.PYTHON, {"../x.py": b""}, ("../x.py",))
    assert jail.run(program, b"", Limits()).exit_code != 0


def test_every_run_draws_its_own_random_numbers(jail: NamespaceSandbox) -> None:
    drawn = {out(jail, "import random; print(random.random())") for _ in range(4)}
    assert len(drawn) == 4


def test_channels_are_right_however_many_descriptors_the_server_has(
    jail: NamespaceSandbox,
) -> None:
    program = script("import sys; print('out'); print('error', file=sys.stderr)")
    nobody = Spawn(1 << 20, 1 << 10, forks=True)
    with ExitStack() as connections:
        for _ in range(150):
            connections.enter_context(jail._servers.connect(Runtime.PYTHON, nobody))
            result = jail.run(program, b"", Limits())
            assert (result.stdout, result.stderr) == (b"out\n", b"error\n")


def test_nothing_is_left_of_a_former_run(jail: NamespaceSandbox) -> None:
    # The interpreter's files stay visible, even if they hide the second path of the scratch folder.
    scratch = "." if runner_python().startswith("/tmp/") else "/tmp"
    source = f"import os; print(os.listdir('.'), os.listdir('{scratch}')); open('{scratch}/x', 'w')"
    for _ in range(3):
        assert out(jail, source) == b"['submission.py'] ['submission.py']\n"


def test_the_scratch_space_is_as_large_as_asked_for(jail: NamespaceSandbox) -> None:
    source = "open('big', 'wb').write(bytes(30 << 20)); print('fits')"
    assert out(jail, source, scratch_bytes=40 * MIB) == b"fits\n"
    result = jail.run(script(source), b"", Limits())
    assert (result.exit_code, result.ending) == (1, Ending.EXITED)


def test_memory_is_what_the_submission_itself_used(jail: NamespaceSandbox) -> None:
    small = jail.run(script("pass"), b"", Limits()).usage.memory_bytes
    large = jail.run(script("x = b'x' * (50 << 20)"), b"", Limits()).usage.memory_bytes
    assert small < 8 * MIB
    # The kernel counts a process's pages in batches for each processor.
    assert 49 * MIB <= large < 60 * MIB


def test_limits_end_a_run(jail: NamespaceSandbox) -> None:
    spin = jail.run(script("while True: pass"), b"", Limits(cpu_s=0.2))
    sleep = jail.run(script("import time; time.sleep(99)"), b"", Limits(wall_s=0.3))
    bomb = jail.run(script("x = bytearray(b'x') * (1 << 30)"), b"", Limits(memory_bytes=64 * MIB))
    flood = jail.run(script("while True: print('x' * 999)"), b"", Limits(output_bytes=5000))
    endings = [one.ending for one in (spin, sleep, bomb, flood)]
    assert endings == [
        Ending.CPU_LIMIT, Ending.WALL_LIMIT, Ending.MEMORY_LIMIT, Ending.OUTPUT_LIMIT,
    ]  # fmt: skip
    assert spin.usage.cpu_s > 0.2
    assert len(flood.stdout) == 5000


@pytest.fixture
def large_file(jail: NamespaceSandbox) -> Iterator[str]:
    """A sparse file of 64 MiB in the jail, which is not in the page cache yet."""
    if not jail.has_groups:
        pytest.skip("nobody counts the memory of files without control groups")
    packages = next(Path(runner_python()).parents[1].glob("lib/*/site-packages"))
    with NamedTemporaryFile(dir=packages) as file:
        Path(file.name).chmod(0o644)
        file.truncate(64 * MIB)
        yield f"/runtime/packages/{Path(file.name).name}"


def test_memory_that_only_goes_round_is_too_little(jail: NamespaceSandbox, large_file: str) -> None:
    source = f"""
import mmap
with open({large_file!r}, "rb") as file:
    pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
while True:
    sum(pages[::4096])
"""
    result = jail.run(script(source), b"", Limits(cpu_s=20, memory_bytes=24 * MIB, wall_s=60))
    assert result.ending is Ending.MEMORY_LIMIT


def test_a_file_that_is_in_memory_already_costs_none(
    jail: NamespaceSandbox, large_file: str
) -> None:
    reads = script(f"with open({large_file!r}, 'rb') as file:\n while file.read(65536): pass")
    first, *others = (jail.run(reads, b"", Limits()).usage.memory_bytes for _ in range(20))
    assert first > 64 * MIB
    assert max(others) < 8 * MIB


def test_several_threads_at_once(jail: NamespaceSandbox) -> None:
    def one(number: int) -> bytes:
        return jail.run(script("print(int(input()) ** 2)"), str(number).encode(), Limits()).stdout

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(30))) == [b"%d\n" % n**2 for n in range(30)]


def test_a_program_beside_a_fork_bomb(jail: NamespaceSandbox) -> None:
    bomb = script("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    # As many interpreters as may run at once copy pages of four megabytes each.
    limits = Limits(cpu_s=2, wall_s=8, memory_bytes=2048 * MIB)
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(jail.run, bomb, b"", limits)
        while not running.done():
            assert out(jail, "print(1)", wall_s=60.0) == b"1\n"
        assert running.result().ending in (Ending.CPU_LIMIT, Ending.WALL_LIMIT)


def test_torch_is_at_hand(jail: NamespaceSandbox) -> None:
    try:
        jail.await_ready(Runtime.TORCH, TORCH_PATIENCE_S)
    except SandboxError as error:
        missing(str(error))
    source = "import torch\ndef solve(n): return torch.full((3,), n).sum().item()"
    results = [jail.run(driven(source, Runtime.TORCH), b"14", Limits()) for _ in range(3)]
    assert [one.reply.payload for one in results if one.reply] == [b"42\n"] * 3
    # Not torch's own 300 MiB; without groups, what is read of its files counts (15 to 55 MiB).
    assert max(one.usage.memory_bytes for one in results) < 128 * MIB
    draw = driven("import torch\ndef solve(n): return torch.rand(1).item()", Runtime.TORCH)
    drawn = [jail.run(draw, b"1", Limits()).reply for _ in range(3)]
    assert len({one.payload for one in drawn if one}) == 3


def _syntax(jail: NamespaceSandbox, source: bytes) -> RunResult:
    request = CompileRequest(Runtime.PYTHON, {"submission.py": source}, ("submission.py",))
    return jail.compile(request, Limits()).run


def test_python_is_checked_and_not_run(jail: NamespaceSandbox) -> None:
    good = _syntax(jail, b"print('run')\n1 / 0\n")
    assert (good.reply, good.exit_code, good.stdout) == (None, 0, b"")


@pytest.mark.parametrize(
    ("source", "line", "kind"),
    [
        (b"x = 1\ndef f(:\n", 2, "SyntaxError"),
        (b"if True:\nx\n", 2, "IndentationError"),
        (b"x = '\xff'\n", 1, "SyntaxError"),
        (b"(" * 1000, 1, "SyntaxError"),
    ],
)
def test_a_syntax_error_has_its_line(
    jail: NamespaceSandbox, source: bytes, line: int, kind: str
) -> None:
    reply = _syntax(jail, source).reply
    assert reply is not None
    assert (reply.kind, reply.line, reply.error_type) == (ReplyKind.SYNTAX, line, kind)


_COMPILE = Limits(cpu_s=10, wall_s=60, memory_bytes=512 * MIB, scratch_bytes=256 * MIB)


def _shell(script: str, *keep: str) -> CompileRequest:
    return CompileRequest(Runtime.EXEC, {"in.txt": b"in"}, ("sh", "-c", script), keep)


def test_a_compilers_files_come_back(jail: NamespaceSandbox) -> None:
    request = _shell("cp in.txt a.out; mkdir d; echo x > d/b.class; ln -s in.txt c.class; echo 1",
                     "a.out", "*.class")  # fmt: skip
    result = jail.compile(request, _COMPILE)
    assert result.artefact == {"a.out": b"in", "d/b.class": b"x\n"}
    assert result.run.stdout == b"1\n"


def test_a_failed_compile_leaves_nothing(jail: NamespaceSandbox) -> None:
    result = jail.compile(_shell("echo no >&2; cp in.txt a; exit 3", "a"), _COMPILE)
    assert (result.artefact, result.run.exit_code, result.run.stderr) == ({}, 3, b"no\n")


def test_too_much_to_bring_back_is_a_failed_compile(jail: NamespaceSandbox) -> None:
    result = jail.compile(_shell("head -c 70000000 /dev/zero > a", "a"), _COMPILE)
    assert result.artefact == {}
    assert result.run.exit_code == 1
    assert b"larger than" in result.run.stderr


def test_a_missing_compiler_is_said(jail: NamespaceSandbox) -> None:
    request = CompileRequest(Runtime.EXEC, {}, ("no-such-compiler",), ("a",))
    result = jail.compile(request, _COMPILE)
    assert (result.run.exit_code, result.run.stderr) == (
        127,
        b"no-such-compiler: no such program\n",
    )


def test_an_executed_program_ends_as_it_ends(jail: NamespaceSandbox) -> None:
    def end(script: str) -> tuple[Ending, int, int]:
        result = jail.run(Program(Runtime.EXEC, {}, ("sh", "-c", script)), b"", Limits())
        return result.ending, result.exit_code, result.signal

    assert end("exit 7") == (Ending.EXITED, 7, 0)
    assert end("kill -TERM $$") == (Ending.SIGNALED, 0, 15)
    assert end("kill -SEGV $$") == (Ending.SIGNALED, 0, 11)
