import pytest

from judge.errors import InvalidError
from judge.limits import MIB, Limits, Usage
from judge.result import Ending, RunResult
from worker.judging.languages import language, languages
from worker.sandbox.base import Runtime


def test_the_ids_and_their_order() -> None:
    assert list(languages()) == [
        "python3",
        "pytorch",
        "c",
        "cpp",
        "java",
        "javascript",
        "rust",
        "go",
    ]


def test_every_compiled_language_has_all_it_needs() -> None:
    for spoken in languages().values():
        compiled = spoken.runtime is Runtime.EXEC
        assert bool(spoken.compile) == bool(spoken.keep) == bool(spoken.run) == compiled
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
    run = RunResult(Ending.EXITED, Usage(), exit_code=3)
    assert language("java").settle(run).ending is Ending.MEMORY_LIMIT
    assert language("cpp").settle(run) is run
    killed = RunResult(Ending.CPU_LIMIT, Usage(), exit_code=3)
    assert language("java").settle(killed) is killed
