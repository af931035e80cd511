from signal import SIGABRT, SIGSEGV

import pytest

from judge.errors import InvalidError
from judge.languages import LANGUAGES
from judge.limits import MIB, Limits, Usage
from judge.result import Ending, RunResult
from worker.judging.languages import language, languages
from worker.sandbox.base import Runtime


def test_the_table_has_the_languages_that_the_api_promises_in_their_order() -> None:
    assert list(languages()) == list(LANGUAGES)


def test_every_compiled_language_has_all_it_needs() -> None:
    for spoken in languages().values():
        compiled = spoken.runtime is Runtime.EXEC
        needed = (spoken.compile, spoken.package, spoken.keep, spoken.run)
        assert {bool(one) for one in needed} == {compiled}
        assert spoken.source.endswith(spoken.extensions)
        assert spoken.version


def test_unknown_language() -> None:
    with pytest.raises(InvalidError, match="unknown language 'cobol': there are python3, pytorch"):
        language("cobol")


def test_a_slow_starter_gets_more_of_everything_but_output() -> None:
    asked = Limits(cpu_s=1.0, wall_s=3.0, memory_bytes=64 * MIB)
    given = language("java").limits(asked)
    assert (given.cpu_s, given.wall_s, given.output_bytes) == (2.0, 6.0, asked.output_bytes)
    assert given.memory_bytes == (64 + 192) * MIB
    assert language("cpp").limits(asked) == asked


def test_java_says_itself_that_memory_ran_out() -> None:
    words = b"Aborting due to java.lang.OutOfMemoryError: Java heap space\n"
    aborted = RunResult(Ending.SIGNALED, Usage(), signal=SIGABRT, stderr=words)
    assert language("java").settle(aborted).ending is Ending.MEMORY_LIMIT
    assert language("cpp").settle(aborted) is aborted


@pytest.mark.parametrize(
    ("ending", "signal", "stderr"),
    [
        (Ending.EXITED, 0, b"Aborting due to java.lang.OutOfMemoryError"),
        (Ending.CPU_LIMIT, SIGABRT, b"Aborting due to java.lang.OutOfMemoryError"),
        (Ending.SIGNALED, SIGSEGV, b"Aborting due to java.lang.OutOfMemoryError"),
        (Ending.SIGNALED, SIGABRT, b""),
    ],
)
def test_who_only_says_so_has_memory_left(ending: Ending, signal: int, stderr: bytes) -> None:
    run = RunResult(ending, Usage(), exit_code=3, signal=signal, stderr=stderr)
    assert language("java").settle(run) is run
