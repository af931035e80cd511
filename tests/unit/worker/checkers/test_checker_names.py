"""The checkers' names in packages and in the table of the worker."""

from typing import get_args

from judge.problem_package.side_files import CheckerName
from worker.checkers import MAKERS


def test_packages_can_name_every_checker_but_that_of_quizzes() -> None:
    assert {*get_args(CheckerName)} == set(MAKERS) - {"quiz"}
