"""A cached result is used again, and never for another source."""

from dataclasses import replace

import pytest

from judge.limits import Limits, Usage
from judge.result import Ending, RunResult
from worker.sandbox.base import CompileRequest, CompileResult, Runtime
from worker.sandbox.compile_cache import CompileCache
from worker.sandbox.namespaces import NamespaceSandbox

_REQUEST = CompileRequest(Runtime.PYTHON, {"submission.py": b"print(1)"}, ("submission.py",))
_LIMITS = Limits()


def test_the_same_is_compiled_once(jail: NamespaceSandbox) -> None:
    first = jail.compile(_REQUEST, _LIMITS)
    assert first.artefact
    assert jail.compile(replace(_REQUEST), replace(_LIMITS)) is first


@pytest.mark.parametrize(
    ("request_", "limits"),
    [
        (replace(_REQUEST, files={"submission.py": b"print(2)"}), _LIMITS),
        (replace(_REQUEST, files={**_REQUEST.files, "other.py": b""}), _LIMITS),
        (replace(_REQUEST, env={"A": "b"}), _LIMITS),
        (_REQUEST, replace(_LIMITS, memory_bytes=_LIMITS.memory_bytes - 1)),
    ],
)
def test_anything_else_is_compiled(
    jail: NamespaceSandbox, request_: CompileRequest, limits: Limits
) -> None:
    first = jail.compile(_REQUEST, _LIMITS)
    assert jail.compile(request_, limits) is not first


@pytest.mark.parametrize(
    "failing",
    [
        replace(_REQUEST, files={"submission.py": b"print("}),
        CompileRequest(Runtime.EXEC, {}, ("sh", "-c", "echo >kept; exit 1"), ("kept",)),
    ],
)
def test_a_failure_is_tried_again(jail: NamespaceSandbox, failing: CompileRequest) -> None:
    assert jail.compile(failing, _LIMITS) is not jail.compile(failing, _LIMITS)


def _result(size: int) -> CompileResult:
    return CompileResult(RunResult(Ending.EXITED, Usage()), {"a.out": bytes(size)})


def test_what_was_not_used_for_longest_goes() -> None:
    cache = CompileCache(max_bytes=100)
    results = {key: _result(40) for key in (b"a", b"b", b"c")}
    cache.put(b"a", results[b"a"])
    cache.put(b"b", results[b"b"])
    assert cache.get(b"a") is results[b"a"]
    cache.put(b"c", results[b"c"])
    assert (cache.get(b"a"), cache.get(b"b")) == (results[b"a"], None)
    cache.put(b"d", _result(101))
    assert [cache.get(key) for key in (b"a", b"c", b"d")] == [None, None, None]
    cache.put(b"a", results[b"a"])
    cache.put(b"a", results[b"a"])
    cache.put(b"b", results[b"b"])
    assert cache.get(b"a") is results[b"a"]


@pytest.mark.parametrize(("sizes", "kept"), [((10, 90), False), ((90, 10), True)])
def test_the_last_result_for_a_key_is_what_counts(sizes: tuple[int, int], kept: bool) -> None:
    cache = CompileCache(max_bytes=100)
    for size in sizes:
        cache.put(b"a", _result(size))
    cache.put(b"b", _result(40))
    assert (cache.get(b"a") is not None) is kept
    assert cache.get(b"b") is not None
