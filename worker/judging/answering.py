"""The answers to a quiz: read once, as programs are compiled once, then checked question by
question. Nothing is run and no jail is needed: they are data, and the process that reads
strangers' data reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from judge.differences import Difference, Reason
from judge.job import CheckerSpec, JudgeJob, TestCase
from judge.limits import Usage
from judge.quizzes.questions import question_from_bytes
from judge.result import Ending, RunResult
from worker.judging import checking
from worker.judging.checking import CheckTooLongError
from worker.judging.languages import language
from worker.judging.test_data import TestData
from worker.judging.trials import Made, Runner, TestProtocol, Tried
from worker.sandbox.base import Program, Runtime, Sandbox


@dataclass(frozen=True, slots=True)
class ByAnswers:
    """A test is a question: what was answered to it is compared with its key."""

    spec: CheckerSpec
    given: Mapping[str, str]

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:  # noqa: ARG002 - all protocols are given it
        """See TestProtocol. There is no output: known mistakes are in the key, not in mutants."""
        given = self.given.get(question_from_bytes(input).id, "")
        check = checking.check(self.spec, given.encode(), answer)
        return Tried(RunResult(Ending.EXITED, Usage()), None, check)


def read_submission(job: JudgeJob, sandbox: Sandbox, data: TestData) -> tuple[TestProtocol, Made]:
    """How the answers are judged; without a runner where they can't be read, as with a program
    that doesn't compile. Raises TestDataError, CheckingFailedError."""
    # It is never run; whoever judges tests asks it for limits only.
    idle = Program(Runtime.EXEC, {}, ())
    runner = Runner(language(job.source.language), idle, job.limits, sandbox)
    questions = [data.fetch(test.input) for test in job.tests]
    try:
        given, complaints = checking.read_answers(job.source.text, questions)
    except CheckTooLongError:
        return ByAnswers(job.checker, {}), Made(None, "", Difference(Reason.CHECK_TOO_LONG))
    if complaints:
        return ByAnswers(job.checker, {}), Made(None, "\n".join(complaints))
    return ByAnswers(job.checker, given), Made(runner, "")
