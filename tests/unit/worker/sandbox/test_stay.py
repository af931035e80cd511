"""A validator's jail stays for its next run only if it is as good as new."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from judge.limits import MIB, Limits
from judge.result import Ending, RunResult
from worker.sandbox.base import Party, Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.stay import Stay

_SHELL = Program(Runtime.EXEC, {"script": b'eval "$1"'}, ("sh", "/app/script"), keep=("left/*",))
_PYTHON = Program(Runtime.PYTHON, {"main.py": b"import sys\nexec(sys.argv[1])"}, ("main.py",))
_PROGRAMS = pytest.mark.parametrize("program", [_SHELL, _PYTHON], ids=["program", "python"])
_NUMBER = {Runtime.EXEC: "echo $$", Runtime.PYTHON: "import os; print(os.getpid())"}
_FORK = "import os, time\nif os.fork() == 0:\n    "


@pytest.fixture
def stay() -> Iterator[Stay]:
    with closing(Stay()) as one:
        yield one


def _run(
    sandbox: NamespaceSandbox, program: Program, text: str, limits: Limits | None = None
) -> RunResult:
    program = replace(program, argv=(*program.argv, text))
    return sandbox.run(program, b"given\n", limits or Limits())


def _number(sandbox: NamespaceSandbox, program: Program) -> int:
    """Return its process id, which grows from run to run in one jail, and is the same in each new
    jail.
    """
    run = _run(sandbox, program, _NUMBER[program.runtime])
    assert run.ending is Ending.EXITED, run
    return int(run.stdout)


@_PROGRAMS
def test_the_next_run_is_in_the_same_jail(
    groups: NamespaceSandbox, stay: Stay, program: Program
) -> None:
    once = [_number(groups, program) for _ in range(3)]
    again = [_number(groups, replace(program, stay=stay)) for _ in range(3)]
    assert once == once[:1] * 3
    assert again == [again[0], again[0] + 1, again[0] + 2]


def test_without_control_groups_each_run_has_a_jail(
    no_groups: NamespaceSandbox, stay: Stay
) -> None:
    # If memory is measured for one process only, the run may not have another.
    numbers = {_number(no_groups, replace(_PYTHON, stay=stay)) for _ in range(3)}
    assert len(numbers) == 1


def test_each_run_has_its_own_input_outputs_and_files(groups: NamespaceSandbox, stay: Stay) -> None:
    program = replace(_SHELL, stay=stay)
    for number in range(3):
        box = {"given": str(number).encode(), "left/": b""}
        text = (
            f"cat; cat given; echo {number} >&2; echo {number} > left/{number}; ls; exit {number}"
        )
        run = _run(groups, replace(program, box=box), text)
        assert (run.ending, run.exit_code) == (Ending.EXITED, number), run
        assert run.stdout == b"given\n%dgiven\nleft\n" % number
        assert run.stderr == b"%d\n" % number
        assert run.kept == {f"left/{number}": b"%d\n" % number}


@_PROGRAMS
def test_nothing_is_left_in_its_folder(
    groups: NamespaceSandbox, stay: Stay, program: Program
) -> None:
    program = replace(program, stay=stay)
    first = _number(groups, program)
    litter = {
        Runtime.EXEC: "mkdir -p .a/b; echo 1 > .a/b/c; ln -s .a d; ln -s /etc e; chmod 0 .",
        Runtime.PYTHON: (
            "import os; os.makedirs('.a/b'); open('.a/b/c', 'w'); os.symlink('.a', 'd');"
            "os.symlink('/etc', 'e'); os.chmod('.', 0)"
        ),
    }
    assert _run(groups, program, litter[program.runtime]).ending is Ending.EXITED
    seen = {
        Runtime.EXEC: "ls -A; ls -ld . | cut -c1-10",
        Runtime.PYTHON: "import os; print(os.listdir(), oct(os.stat('.').st_mode))",
    }
    run = _run(groups, program, seen[program.runtime])
    # The Python program's own file.
    expected = {Runtime.EXEC: b"drwxr-xr-x\n", Runtime.PYTHON: b"['main.py'] 0o40755\n"}
    assert run.stdout == expected[program.runtime], run
    assert _number(groups, program) > first


@pytest.mark.parametrize(
    "text",
    [
        f"{_FORK}time.sleep(1000)",
        f"{_FORK}os._exit(0)\nos._exit(0)",  # a zombie that nobody waits for
        f"{_FORK}os.setsid()\n    time.sleep(1000)",
        "import os; os.mkdir('shut'); open('shut/in', 'w'); os.chmod('shut', 0)",
        "import os; os.kill(os.getpid(), 11)",
        "while True: pass",
    ],
    ids=["child", "zombie", "daemon", "closed folder", "crash", "endless"],
)
def test_a_jail_that_is_not_as_new_goes(groups: NamespaceSandbox, stay: Stay, text: str) -> None:
    program = replace(_PYTHON, stay=stay)
    first = _number(groups, program)
    _run(groups, program, text, Limits(cpu_s=0.3))
    assert _number(groups, program) == first


def test_each_run_is_counted_and_limited_for_itself(groups: NamespaceSandbox, stay: Stay) -> None:
    program = replace(_PYTHON, stay=stay)
    limits = Limits(memory_bytes=64 * MIB)
    burnt = "import time\nwhile time.process_time() < 0.3: pass\nx = b'x' * (32 << 20)"
    runs = [_run(groups, program, text, limits) for text in (burnt, "pass", burnt)]
    assert [run.ending for run in runs] == [Ending.EXITED] * 3, runs
    times = [run.usage.cpu_s for run in runs]
    memory = [run.usage.memory_bytes for run in runs]
    assert times[0] > 0.25 > times[1], times
    assert times[2] < 2 * times[0], times
    assert min(memory[0], memory[2]) > 32 * MIB > memory[1], memory
    assert _run(groups, program, "x = b'x' * (128 << 20)", limits).ending is Ending.MEMORY_LIMIT


def test_another_program_gets_another_jail(groups: NamespaceSandbox, stay: Stay) -> None:
    first = _number(groups, replace(_SHELL, stay=stay))
    other = replace(_SHELL, files={"script": b'eval "$1" '}, stay=stay)
    assert _number(groups, other) == first


def test_no_jail_outlives_its_stay(groups: NamespaceSandbox, stay: Stay) -> None:
    first = _number(groups, replace(_SHELL, stay=stay))
    stay.close()
    assert [_number(groups, replace(_SHELL, stay=stay)) for _ in range(2)] == [first] * 2


def test_the_program_never_holds_the_channel_of_jobs(groups: NamespaceSandbox, stay: Stay) -> None:
    open_ones = {
        Runtime.EXEC: "for fd in 0 1 2 3 4 5 6; do test -e /proc/$$/fd/$fd && echo $fd; done",
        Runtime.PYTHON: (
            "import os, stat\nfor fd in range(64):\n"
            "    try: found = os.fstat(fd)\n    except OSError: continue\n"
            "    if stat.S_ISSOCK(found.st_mode): print(fd)"
        ),
    }
    for program, expected in ((_SHELL, b"0\n1\n2\n"), (_PYTHON, b"")):
        for _ in range(2):
            run = _run(groups, replace(program, stay=stay), open_ones[program.runtime])
            assert run.stdout == expected, run


def test_one_side_of_a_conversation_stays(groups: NamespaceSandbox, stay: Stay) -> None:
    text = "import os; print(os.getpid(), flush=True); print('heard', input())"
    side = replace(_PYTHON, argv=("main.py", text))
    sides = Party(side, Limits()), Party(replace(side, stay=stay), Limits())
    talks = [groups.interact(*sides, lambda _: True) for _ in range(3)]
    runs = [int(talk.run.stdout.split()[0]) for talk in talks]
    partners = [int(talk.partner.stdout.split()[0]) for talk in talks]
    assert runs == runs[:1] * 3, talks
    assert partners == [partners[0], partners[0] + 1, partners[0] + 2], talks
    for talk, run, partner in zip(talks, runs, partners, strict=True):
        assert talk.run.stdout.endswith(b"heard %d\n" % partner), talk
        assert talk.partner.stdout.endswith(b"heard %d\n" % run), talk
