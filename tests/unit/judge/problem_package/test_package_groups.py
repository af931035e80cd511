"""What the default grader's flags mean for a group, in legacy."""

import pytest

from judge.grading import Agree, Combine
from tests.unit.judge.problem_package.making import LEGACY, changed, loaded


@pytest.mark.parametrize(
    ("flags", "agree", "combine"),
    [
        ("", Agree.WORST, Combine.SUM),
        ("first_error min", Agree.FIRST, Combine.MIN),
        # Of several modes of a kind the last one counts.
        ("first_error worst_error avg max", Agree.WORST, Combine.MAX),
        ("accept_if_any_accepted", Agree.ANY, Combine.SUM),
        ("accept_if_any_accepted first_error", Agree.ANY_FIRST, Combine.SUM),
        ("always_accept accept_if_any_accepted", Agree.ALWAYS, Combine.SUM),
    ],
)
def test_flags(flags: str, agree: Agree, combine: Combine) -> None:
    files = {
        "problem.yaml": LEGACY["problem.yaml"] + "type: scoring\n",
        "data/secret/testdata.yaml": f"grader_flags: '{flags}'\n",
    }
    root = loaded(changed(files, LEGACY)).grading
    assert root is not None
    _, secret = root.groups
    assert (secret.agree, secret.combine) == (agree, combine)
