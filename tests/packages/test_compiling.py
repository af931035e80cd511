"""Compiling, under limits that the package may set itself."""

from dataclasses import replace

from judge.differences import Difference, Reason
from judge.job import Kind, Source
from judge.limits import COMPILE_LIMITS, MIB, Limits
from judge.wording import word
from tests.support.missing import missing
from worker.judging.compiling import Compiled, build
from worker.judging.languages import language, try_out
from worker.sandbox.base import Sandbox

# What the compiler has to work on for long: each level doubles the types.
SLOW = """\
template <int n, int m> struct T : T<n - 1, 2 * m>, T<n - 1, 2 * m + 1> {};
template <int m> struct T<0, m> {};
int main() { return sizeof(T<20, 0>) == 0; }
"""


def built(sandbox: Sandbox, text: str, limits: Limits) -> Compiled:
    if not try_out(language("cpp"), sandbox).available:
        missing("g++")
    return build(Source("cpp", text), Kind.STDIO, {}, Limits(), sandbox, limits)


def test_time_of_compiling(sandbox: Sandbox) -> None:
    found = built(sandbox, SLOW, replace(COMPILE_LIMITS, cpu_s=1.0))
    assert found.program is None
    assert found.difference == Difference(Reason.COMPILE_TIME, {"limit_s": 1.0})
    assert "Compiling took more than 1 s" in word(found.difference)


def test_memory_of_compiling(sandbox: Sandbox) -> None:
    found = built(sandbox, SLOW, replace(COMPILE_LIMITS, memory_bytes=64 * MIB))
    assert found.program is None
    assert found.difference == Difference(Reason.COMPILE_MEMORY, {"limit_mib": 64})
