"""Checks that one of a quiz's wrong submissions has each misconception in its key: an answer that
no submission gives is untested."""

from collections.abc import Iterator

from judge.mistakes.failures import is_mutant
from judge.problem_package.complaints import Complaints
from judge.problem_package.package import ProblemPackage
from judge.problem_package.quiz_file import PATH
from judge.quizzes.answers import read_answers
from worker.checkers.quiz import told
from worker.packages.package_checks import Finding


def check_quiz(package: ProblemPackage) -> Iterator[Finding]:
    """Yield an error for each misconception that no submission in `wrong_answer/` has."""
    questions = [one.question for one in package.questions]
    wrong = [one for one in package.submissions if is_mutant(one.expected)]
    # An unreadable file gets CE when it is judged: here it has no answers.
    given = [read_answers(one.text, questions, Complaints()) for one in wrong]
    for one in package.questions:
        answers = {answers.get(one.question.id, "") for answers in given}
        met = {known for answer in answers for known in told(one.key, answer)}
        for known in one.key.why:
            if known not in met:
                message = (
                    f"`{one.question.id}`: no submission in wrong_answer/ answers `{known}`, "
                    "so its line is untested; add one"
                )
                yield Finding(PATH, message, is_error=True)
