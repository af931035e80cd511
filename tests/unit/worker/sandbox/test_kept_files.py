"""Programs whose files are kept: another process waits for them, and ends as they ended."""

import signal
from collections.abc import Iterator

import pytest

from judge.limits import Limits
from judge.result import Ending, RunResult
from tests.support.jails import started_sandbox
from worker.sandbox.base import Program, Runtime, Sandbox


def _run(jail: Sandbox, script: str) -> RunResult:
    files = {"script": script.encode()}
    program = Program(Runtime.EXEC, files, ("sh", "/app/script"), keep=("left/*",))
    return jail.run(program, b"given\n", Limits())


def test_what_it_leaves_comes_back(jail: Sandbox) -> None:
    run = _run(jail, "read word; mkdir left; echo $word > left/word; echo no > other; exit 42")
    assert (run.exit_code, run.kept) == (42, {"left/word": b"given\n"}), run


def test_a_signal_that_ends_it_is_told(jail: Sandbox) -> None:
    run = _run(jail, "mkdir left; echo 1 > left/word; kill -SEGV $$")
    assert (run.ending, run.signal) == (Ending.SIGNALED, signal.SIGSEGV), run
    assert run.kept == {"left/word": b"1\n"}


def test_it_has_no_descriptors_but_its_own(jail: Sandbox) -> None:
    """In particular it does not have the one through which the files are sent back."""
    run = _run(jail, "for fd in 0 1 2 3 4 5 6; do test -e /proc/$$/fd/$fd && echo $fd; done")
    assert run.stdout == b"0\n1\n2\n", run


@pytest.fixture
def started_in_the_background() -> Iterator[Sandbox]:
    """A sandbox whose owner ignores the signals that a shell's background jobs and nohup ignore."""
    ignored = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        with started_sandbox(groups=False) as sandbox:
            yield sandbox
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignored_by_a_program(jail: Sandbox) -> set[int]:
    """Return the signals that it ignores, without 32 and 33, which the C library uses itself."""
    run = _run(
        jail,
        "while read name value; do test $name = SigIgn: && echo $value; done < /proc/$$/status",
    )
    return {number for number in range(1, 32) if int(run.stdout, 16) & 1 << (number - 1)}


def test_it_ignores_no_signals(jail: Sandbox) -> None:
    """Python, which starts it, ignores some."""
    assert ignored_by_a_program(jail) == set()


def test_it_ignores_none_of_those_that_the_service_does(
    started_in_the_background: Sandbox,
) -> None:
    assert ignored_by_a_program(started_in_the_background) == set()


def test_a_script_ignores_what_every_python_does(started_in_the_background: Sandbox) -> None:
    text = b"print([line.split()[1] for line in open('/proc/self/status') if 'SigIgn' in line][0])"
    program = Program(Runtime.PYTHON, {"main.py": text}, ("main.py",))
    run = started_in_the_background.run(program, b"", Limits())
    pythons = {signal.SIGPIPE, signal.SIGXFSZ}
    ignored = {n for n in range(1, 32) if int(run.stdout, 16) & 1 << (n - 1)}
    assert ignored == pythons, run


@pytest.mark.parametrize(
    ("argv", "why"), [("/app/none", b"no such program"), ("/app/text", b"Exec format error")]
)
def test_what_cant_be_started(jail: Sandbox, argv: str, why: bytes) -> None:
    program = Program(Runtime.EXEC, {"text": b"neither\n"}, (argv,), keep=("left/*",))
    run = jail.run(program, b"", Limits())
    assert (run.exit_code, run.kept) == (127, {}), run
    assert argv.encode() in run.stderr
    assert why in run.stderr
