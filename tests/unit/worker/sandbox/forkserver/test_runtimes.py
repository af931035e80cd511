"""A host starts the fork servers that it is told to, and no other."""

import pytest

from judge.limits import Limits
from tests.support.jails import light_python
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.namespaces import start_sandbox


def test_a_runtime_that_nobody_wants_is_not_started() -> None:
    sandbox = start_sandbox(light_python(), runtimes=[Runtime.PYTHON])
    try:
        program = Program(Runtime.PYTHON, {"submission.py": b"print(1)"}, ("submission.py",))
        assert sandbox.run(program, b"", Limits()).stdout == b"1\n"
        with pytest.raises(SandboxError, match="torch is not ready: the host was not told"):
            sandbox.await_ready(Runtime.TORCH)
    finally:
        sandbox.close()
