"""Judges the answers to a quiz: they are read once, as programs are compiled once, then checked
question by question. Nothing is run and no jail is needed: answers are data, and the checking
process, which reads all untrusted data, reads them.
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
    """A test is a question: the submission's answer to it is compared with the key."""

    spec: CheckerSpec
    given: Mapping[str, str]

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:  # noqa: ARG002 - the protocol's signature
        """See TestProtocol. There is no output: known mistakes are in the key, not in mutants."""
        given = self.given.get(question_from_bytes(input).id, "")
        check = checking.check(self.spec, given.encode(), answer)
        return Tried(RunResult(Ending.EXITED, Usage()), None, check)


def read_submission(job: JudgeJob, sandbox: Sandbox, data: TestData) -> tuple[TestProtocol, Made]:
    """Return how to judge the answers. If they can't be read there is no runner, as for a program
    that doesn't compile. Raises TestDataError, CheckingFailedError."""
    # This program never runs; the judging only reads the runner's limits.
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
