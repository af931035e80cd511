"""The line of a long learning path shows only the problems around the next one to solve."""

import pytest

from api.pages.problem_list import Line, Listing, shown_paths
from judge.job import Kind
from judge.problems.paths import topics
from judge.problems.progress import ProblemState
from judge.problems.views import ProblemSummary

NUM_PROBLEMS = 100
CHAIN = [
    ProblemSummary(
        f"p{n:03}", f"p{n:03}", {}, Kind.TORCH, "easy", ("attention",), 1, "", (f"p{n - 1:03}",)
    )
    for n in range(NUM_PROBLEMS)
]


@pytest.mark.parametrize(
    ("num_solved", "first", "last"), [(0, 0, 11), (2, 0, 11), (50, 48, 59), (99, 88, 99)]
)
def test_a_long_path_is_shown_around_the_next_problem(
    num_solved: int, first: int, last: int
) -> None:
    lines = [
        Line(one, one.slug, state=ProblemState.SOLVED if n < num_solved else ProblemState.NEW)
        for n, one in enumerate(CHAIN)
    ]
    (shown,) = shown_paths(Listing({}, tuple(lines), {}, tuple(topics(CHAIN))), lines)
    slugs = [step.problem.slug for step in shown.steps]
    assert (slugs[0], slugs[-1]) == (f"p{first:03}", f"p{last:03}")
    assert f"p{num_solved:03}" in slugs
    assert (shown.goes_before, shown.goes_on) == (first > 0, last < NUM_PROBLEMS - 1)
    assert shown.path.num_solved == num_solved
