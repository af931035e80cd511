"""How much time the runs of one judging get, and when the budget is exceeded."""

import math

import pytest

from judge.job import BlobRef, JudgeJob, Kind, Source, TestCase, ValidatorSpec
from judge.limits import Limits, Usage
from judge.result import Ending, RunResult
from worker.judging.time_budget import TimeBudget, budget_of

LIMITS = Limits(cpu_s=1.0, wall_s=8.0)


def took(wall_s: float, ending: Ending = Ending.EXITED, waited_s: float = 0.0) -> RunResult:
    return RunResult(ending, Usage(wall_s=wall_s), waited_s=waited_s)


def job(tests: int, passes: int = 1) -> JudgeJob:
    ref = BlobRef("0" * 64, 0)
    cases = tuple(TestCase(str(number), False, ref, ref) for number in range(tests))
    validator = ValidatorSpec("python3", {}, Limits(), passes=passes) if passes > 1 else None
    source = Source("python3", "")
    return JudgeJob("", "p", 1, Kind.STDIO, source, cases, LIMITS, validator=validator)


@pytest.mark.parametrize(
    ("tests", "passes", "total_s"), [(0, 1, 8.0), (1, 1, 8.0), (28, 1, 35.0), (2, 3, 13.0)]
)
def test_one_test_gets_what_a_run_may_take_and_each_further_run_its_cpu_limit(
    tests: int, passes: int, total_s: float
) -> None:
    budget = budget_of(job(tests, passes), LIMITS)
    assert (budget.total_s, budget.left_s) == (total_s, total_s)


def test_a_run_gets_no_more_than_what_is_left() -> None:
    budget = TimeBudget(10.0, 10.0)
    assert budget.within(LIMITS) == LIMITS
    budget.charge(took(7.0), LIMITS)
    allowed = budget.within(LIMITS)
    assert (allowed.wall_s, allowed.cpu_s) == (3.0, 1.0)
    budget.charge(took(3.25, Ending.WALL_LIMIT), allowed)
    assert budget.exceeded
    assert budget.is_spent


@pytest.mark.parametrize(("waited_s", "left_s"), [(4.0, 15.0), (9.0, 17.0)])
def test_a_busy_machine_uses_up_no_more_than_a_third_of_it(waited_s: float, left_s: float) -> None:
    budget = TimeBudget(20.0, 20.0)
    budget.charge(took(9.0, waited_s=waited_s), budget.within(LIMITS))
    assert budget.left_s == left_s


def test_what_the_validator_computes_is_not_charged_at_all() -> None:
    budget = TimeBudget(20.0, 20.0)
    run = RunResult(Ending.EXITED, Usage(wall_s=30.0), waited_s=1.0, listened_s=27.0)
    budget.charge(run, budget.within(LIMITS))
    assert budget.left_s == 18.0


def test_who_ends_in_the_last_moment_has_not_exceeded_it() -> None:
    budget = TimeBudget(3.0, 3.0)
    budget.charge(took(3.0), budget.within(LIMITS))
    assert not budget.exceeded
    assert budget.is_spent


def test_a_run_that_its_own_limit_ends_exceeds_that_only() -> None:
    budget = TimeBudget(20.0, 20.0)
    budget.charge(took(8.1, Ending.WALL_LIMIT), budget.within(LIMITS))
    assert not budget.exceeded


def test_without_a_budget_there_is_always_time() -> None:
    budget = TimeBudget()
    budget.charge(took(1e6), LIMITS)
    assert budget.within(LIMITS) == LIMITS
    assert budget.left_s == math.inf


@pytest.mark.parametrize(
    ("taken_s", "counts", "left_s"), [(2.0, True, 1.0), (2.9, True, 0.1), (3.0, False, 3.0)]
)
def test_a_test_before_its_turn_is_charged_in_it(
    taken_s: float, counts: bool, left_s: float
) -> None:
    budget = TimeBudget(10.0, 10.0)
    ahead = budget.ahead()
    ahead.budget.charge(took(taken_s), ahead.budget.within(LIMITS))
    assert budget.left_s == 10.0
    # Meanwhile the tests before it have used their time.
    budget.charge(took(7.0), LIMITS)
    assert budget.settle(ahead) == counts
    assert budget.left_s == pytest.approx(left_s)
    assert not budget.exceeded


def test_a_test_that_began_in_its_turn_may_be_the_one_that_exceeds_it() -> None:
    budget = TimeBudget(10.0, 3.0)
    turn, late = budget.ahead(), budget.ahead()
    for one in (turn, late):
        allowed = one.budget.within(LIMITS)
        one.budget.charge(took(3.1, Ending.WALL_LIMIT), allowed)
    assert budget.settle(turn)
    assert budget.exceeded
    assert budget.is_spent
    # The next test's turn doesn't come, and its time limit was not the one that it would have had
    # in its turn.
    assert not budget.settle(late)


def test_without_a_budget_every_test_counts() -> None:
    budget = TimeBudget()
    ahead = budget.ahead()
    ahead.budget.charge(took(1e6), LIMITS)
    assert budget.settle(ahead)
    assert budget.left_s == math.inf
