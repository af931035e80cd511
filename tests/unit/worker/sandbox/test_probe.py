"""What `shousi doctor` says about the sandbox."""

from tests.support.jails import runner_python
from tests.support.missing import missing
from worker.sandbox.probe import probe


def test_a_machine_that_can_judge_is_told_so() -> None:
    walls = {wall.name: wall for wall in probe(runner_python())}
    if not walls["namespaces"].holds:
        missing(walls["namespaces"].detail)
    assert {"machine", "system call filter", "control groups", "runtime torch"} <= walls.keys()
    assert all(wall.holds for wall in walls.values() if wall.needed)


def test_a_missing_interpreter_comes_with_its_fix() -> None:
    (wall,) = [wall for wall in probe("/no/such/python") if wall.name == "namespaces"]
    assert not wall.holds
    assert "/no/such/python" in wall.detail
    assert "SHOUSI_RUNNER_PYTHON" in wall.fix
