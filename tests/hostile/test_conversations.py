"""Interactive and multi-pass problems in the docker sandbox: messages cross the container's
border.
"""

from collections.abc import Iterator

import pytest

from judge.limits import Limits
from judge.result import Ending
from tests.packages.data import OWN_PROBLEMS, Case, package
from tests.packages.judging import Judgings
from tests.support.jails import started_docker_sandbox
from worker.sandbox.base import Party, Program, Runtime, Sandbox

CASES = [
    Case(OWN_PROBLEMS / slug, submission)
    for slug in ("hilo", "relay")
    for submission in package(OWN_PROBLEMS / slug).submissions
]
_LIMITS = Limits(cpu_s=2.0, wall_s=20.0, output_bytes=1 << 20)


def _party(source: str) -> Party:
    program = Program(Runtime.PYTHON, {"main.py": source.encode()}, ("main.py",))
    return Party(program, _LIMITS)


@pytest.fixture(scope="module", params=["groups", "no_groups"])
def container(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The docker sandbox, with control groups and without."""
    with started_docker_sandbox(groups=request.param == "groups") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def judged() -> Iterator[Judgings]:
    """Every case's judging there."""
    with started_docker_sandbox(groups=True) as sandbox:
        judgings = Judgings(sandbox, CASES)
        yield judgings
        judgings.close()


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_verdict(case: Case, judged: Judgings) -> None:
    outcome = judged.of(case)
    assert outcome is not None
    assert outcome.result.verdict in case.submission.expected, outcome.result


def test_each_hears_the_other(container: Sandbox) -> None:
    asks = _party("print('6 7', flush=True)\nassert input() == '42'\nprint('thanks')")
    answers = _party("a, b = map(int, input().split())\nprint(a * b, flush=True)\ninput()")
    talk = container.interact(asks, answers, lambda _: True)
    assert (talk.run.exit_code, talk.run.stdout) == (0, b"6 7\nthanks\n"), talk
    assert (talk.partner.exit_code, talk.partner.stdout) == (0, b"42\n"), talk


@pytest.mark.parametrize("goes_on", [True, False])
def test_one_that_leaves_is_told_from_one_that_is_left(container: Sandbox, goes_on: bool) -> None:
    waits = _party("import sys\nsys.exit(3 if sys.stdin.read() == 'bye\\n' else 4)")
    talk = container.interact(waits, _party("print('bye')"), lambda _: goes_on)
    assert talk.partner_first
    assert talk.partner.exit_code == 0
    # It may well end by itself before it is killed: what counts is that it was to be.
    assert talk.run.ending is (Ending.EXITED if goes_on else Ending.SIGNALED)
    assert talk.run.exit_code == 3 or not goes_on
