"""Python is compiled once, in a jail, and its bytecode is what the jails of the tests run."""

from dataclasses import replace

from judge.job import Kind, Source
from judge.limits import Limits
from judge.result import ReplyKind
from tests.support.jails import DRIVER
from worker.judging.compiling import Compiled, build
from worker.sandbox.base import Program
from worker.sandbox.namespaces import NamespaceSandbox


def _built(jail: NamespaceSandbox, text: str, kind: Kind = Kind.STDIO) -> Compiled:
    support = {} if kind is Kind.STDIO else {"main.py": DRIVER}
    return build(Source("python3", text), kind, support, Limits(), jail)


def _program(jail: NamespaceSandbox, text: str, kind: Kind = Kind.STDIO) -> Program:
    program = _built(jail, text, kind).program
    assert program is not None
    return program


def test_bytecode_is_run_and_the_source_is_not_compiled_again(jail: NamespaceSandbox) -> None:
    program = _program(jail, "print('compiled')")
    other = replace(program, files={"submission.py": b"print('source')"})
    assert jail.run(other, b"", Limits()).stdout == b"compiled\n"


def test_so_is_a_drivers_and_that_of_what_it_drives(jail: NamespaceSandbox) -> None:
    program = _program(jail, "def solve(n): return n + 1", Kind.FUNCTION)
    assert set(program.code) == {"main.py", "submission.py"}
    other = replace(program, files=dict.fromkeys(program.files, b"no Python"))
    reply = jail.run(other, b"41", Limits()).reply
    assert reply is not None
    assert (reply.kind, reply.payload) == (ReplyKind.ANSWER, b"42\n")


def test_a_traceback_has_the_sources_lines(jail: NamespaceSandbox) -> None:
    program = _program(jail, "# first\ndef solve(n):\n    return [][n]  # here\n", Kind.FUNCTION)
    reply = jail.run(program, b"1", Limits()).reply
    assert reply is not None
    assert (reply.kind, reply.error_type, reply.line) == (ReplyKind.EXCEPTION, "IndexError", 3)
    assert "return [][n]  # here" in reply.text
    script = _program(jail, "\n\nprint(1 / 0)  # there\n")
    assert (
        b"line 3, in <module>\n    print(1 / 0)  # there" in jail.run(script, b"", Limits()).stderr
    )


def test_a_warning_is_the_compilers_and_told_once(jail: NamespaceSandbox) -> None:
    compiled = _built(jail, "x = 1\nprint(x is 1)\n")
    assert compiled.program is not None
    assert "submission.py:2: SyntaxWarning" in compiled.output
    run = jail.run(compiled.program, b"", Limits())
    assert (run.stdout, run.stderr) == (b"True\n", b"")


def test_long_bytecode_is_not_sent_around(jail: NamespaceSandbox) -> None:
    """The compiler computes constant expressions, so that few lines can become a megabyte."""
    program = _program(
        jail, "\n".join(f"a = '{n:04}' * 1024" for n in range(300)) + "\nprint(a[:4])"
    )
    assert not program.code
    assert jail.run(program, b"", Limits()).stdout == b"0299\n"


def test_a_driver_that_does_not_compile_is_not_the_submissions_fault(
    jail: NamespaceSandbox,
) -> None:
    source = Source("python3", "def solve(n): return n")
    compiled = build(source, Kind.FUNCTION, {"main.py": b"def ("}, Limits(), jail)
    assert compiled.program is not None
    assert set(compiled.program.code) == {"submission.py"}
