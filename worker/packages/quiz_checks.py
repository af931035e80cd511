"""Is each misconception that a quiz names met by one of its wrong submissions? One that nobody
gives is one that nobody has tried out."""

from collections.abc import Iterator

from judge.mistakes.failures import is_mutant
from judge.problem_package.complaints import Complaints
from judge.problem_package.package import ProblemPackage
from judge.problem_package.quiz_file import PATH
from judge.quizzes.answers import read_answers
from worker.checkers.quiz import told
from worker.packages.package_checks import Finding


def check_quiz(package: ProblemPackage) -> Iterator[Finding]:
    """An error for each misconception that no submission in `wrong_answer/` has."""
    questions = [one.question for one in package.questions]
    wrong = [one for one in package.submissions if is_mutant(one.expected)]
    # What can't be read gets CE when it is judged: here it gives no answers.
    given = [read_answers(one.text, questions, Complaints()) for one in wrong]
    for one in package.questions:
        answers = {answers.get(one.question.id, "") for answers in given}
        met = {known for answer in answers for known in told(one.key, answer)}
        for known in one.key.why:
            if known not in met:
                message = (
                    f"`{one.question.id}`: no submission in wrong_answer/ answers `{known}`, "
                    "whose line nobody has tried out; add one"
                )
                yield Finding(PATH, message, is_error=True)
