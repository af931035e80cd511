"""Judgings that no submission of a package covers: the user's own input, which texts are shown,
when a judging stops.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from judge.job import CheckerSpec, JudgeJob, Source, TestCase
from judge.mistakes.failures import Mutant
from judge.problem_package.package import PackageSubmission
from judge.result import TestResult
from judge.verdict import Verdict
from tests.packages.data import OWN_PROBLEMS, package
from worker.judging.diagnosis import Known, Observer, diagnose
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.languages import available, languages
from worker.judging.test_data import InMemory
from worker.packages.verification import cases_of, job_of
from worker.sandbox.base import Sandbox

PROGRAM = "import sys\n\nnumbers = list(map(int, sys.stdin.read().split()[1:]))\nprint({})\n"
RIGHT = PROGRAM.format("sum(numbers)")
FUNCTION = "def total(numbers):\n    print('looking at', numbers)\n    return {}\n"


def job(data: InMemory, text: str, slug: str = "sumprogram", language: str = "python3") -> JudgeJob:
    whole = package(OWN_PROBLEMS / slug)
    submission = PackageSubmission("", language, text, frozenset({Verdict.AC}))
    return job_of(whole, submission, cases_of(whole, data))


def own_input(data: InMemory, text: str, content: bytes, slug: str = "sumprogram") -> JudgeJob:
    whole = package(OWN_PROBLEMS / slug)
    accepted = next(one for one in whole.submissions if one.language == "python3")
    test = TestCase("own", False, data.add(content), None)
    return replace(
        job(data, text, slug),
        tests=(test,),
        reference=Source(accepted.language, accepted.text),
        reference_support=whole.support(accepted.language),
    )


def results(job: JudgeJob, sandbox: Sandbox, data: InMemory) -> list[TestResult]:
    return [event.result for event in judge(job, sandbox, data) if isinstance(event, TestDone)]


def test_own_input_is_compared_with_the_reference(sandbox: Sandbox) -> None:
    data = InMemory()
    wrong = PROGRAM.format("len(numbers)")
    (right,) = results(own_input(data, RIGHT, b"2\n4 5\n"), sandbox, data)
    (found,) = results(own_input(data, wrong, b"2\n4 5\n"), sandbox, data)
    assert (right.verdict, right.input, right.expected, right.output) == (
        "AC",
        "2\n4 5\n",
        "9\n",
        "9\n",
    )
    assert (found.verdict, found.expected, found.output) == ("WA", "9\n", "2\n")


def test_invalid_own_input_blames_nobody(sandbox: Sandbox) -> None:
    data = InMemory()
    (found,) = results(own_input(data, RIGHT, b"two numbers"), sandbox, data)
    assert found.verdict == "JE"
    assert "isn't valid for this problem" in found.message


def test_own_input_without_a_reference_is_run(sandbox: Sandbox) -> None:
    data = InMemory()
    alone = replace(own_input(data, RIGHT, b"2\n4 5\n"), reference=None)
    (found,) = results(alone, sandbox, data)
    assert (found.verdict, found.output, found.expected) == ("AC", "9\n", None)
    assert found.message == "There is no answer to compare with."


def test_only_samples_are_shown(sandbox: Sandbox) -> None:
    data = InMemory()
    found = results(job(data, FUNCTION.format("sum(numbers)"), "sumfunction"), sandbox, data)
    sample, *hidden = found
    assert (sample.sample, sample.input, sample.expected) == (True, "3\n1 2 3\n", "6\n")
    assert (sample.output, sample.stderr) == ("6\n", "looking at [1, 2, 3]\n")
    assert len(hidden) == 3
    for one in hidden:
        assert (one.input, one.expected, one.output, one.stderr) == (None, None, None, None)
        assert one.usage.cpu_s > 0


def test_a_program_stops_at_its_first_failing_test(sandbox: Sandbox) -> None:
    data = InMemory()
    found = results(job(data, PROGRAM.format("abs(sum(numbers))")), sandbox, data)
    assert [one.verdict for one in found] == ["AC", "AC", "WA"]


def test_a_function_is_run_on_every_test(sandbox: Sandbox) -> None:
    data = InMemory()
    found = results(job(data, FUNCTION.format("abs(sum(numbers))"), "sumfunction"), sandbox, data)
    assert [one.verdict for one in found] == ["AC", "AC", "WA", "AC"]


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("import nosuchmodule\n" + FUNCTION.format("0"), 1),
        (FUNCTION.format("0") + "total = totl\n", 1),
        ("raise SystemExit(3)\n", 1),
        ("def totl(numbers):\n    return 0\n", 1),
        ("total = 3\n", 1),
        ("print(sum(map(int, input().split())))\n", 1),
        ("def total(numbers):\n    return totl(numbers)\n", 4),
        ("def total(numbers):\n    import nosuchmodule\n", 4),
    ],
)
def test_what_fails_before_it_is_called_is_tried_once(
    sandbox: Sandbox, text: str, tests: int
) -> None:
    data = InMemory()
    given = job(data, text, "sumfunction")
    found = results(given, sandbox, data)
    assert [one.verdict for one in found] == ["RTE"] * tests
    every = list(judge(given, sandbox, data, every_test=True))
    assert len([event for event in every if isinstance(event, TestDone)]) == 4


def test_a_function_that_takes_too_long_is_stopped(sandbox: Sandbox) -> None:
    data = InMemory()
    text = FUNCTION.format("sum(numbers)").replace(
        "print", "while len(numbers) == 2: pass\n    print"
    )
    found = results(job(data, text, "sumfunction"), sandbox, data)
    assert [one.verdict for one in found] == ["AC", "AC", "TLE"]


def test_overall_is_the_first_failing_test_and_the_greatest_use(sandbox: Sandbox) -> None:
    data = InMemory()
    text = FUNCTION.format("sum(numbers) if numbers else 1 / 0")
    events = list(judge(job(data, text, "sumfunction"), sandbox, data))
    tests = [event.result for event in events if isinstance(event, TestDone)]
    last = events[-1]
    assert isinstance(last, Judged)
    assert (last.result.verdict, last.result.score) == ("RTE", 0.0)
    assert last.result.message == (
        "secret/01-none: ZeroDivisionError in line 3: a division by zero."
    )
    assert last.result.usage.cpu_s == max(one.usage.cpu_s for one in tests)
    assert last.result.usage.memory_bytes == max(one.usage.memory_bytes for one in tests)


def test_what_an_exception_says_is_shown_for_samples_only(sandbox: Sandbox) -> None:
    data = InMemory()
    text = "def total(numbers):\n    raise ValueError(f'seen {numbers}')\n"
    sample, hidden, *_ = results(job(data, text, "sumfunction"), sandbox, data)
    assert sample.message.endswith("ValueError: seen [1, 2, 3]")
    assert "line 2, in total" in sample.message
    assert "main.py" not in sample.message
    assert hidden.message == "ValueError in line 2."


def test_a_library_that_calls_back_does_not_hide_the_line(sandbox: Sandbox) -> None:
    data = InMemory()
    text = (
        "import json\n"
        "def total(numbers):\n"
        "    return json.dumps(numbers, default=fail, cls=Encoder)\n"
        "class Encoder(json.JSONEncoder):\n"
        "    def encode(self, o):\n"
        "        return super().encode({1: object()})\n"
        "def fail(o):\n"
        "    raise ValueError('here')\n"
    )
    sample, *_ = results(job(data, text, "sumfunction"), sandbox, data)
    assert "json/encoder.py" not in sample.message
    assert "line 8, in fail" in sample.message
    assert sample.difference is not None
    assert sample.difference.values["line"] == 8


def test_a_program_where_a_function_is_wanted(sandbox: Sandbox) -> None:
    data = InMemory()
    text = "import sys\nwords = sys.stdin.read().split()\nprint(words[0], len(words))\n"
    given = job(data, text, "sumfunction")
    # A sample's failure would end the judging.
    given = replace(given, tests=tuple(replace(test, sample=False) for test in given.tests))
    (sample,) = results(job(data, text, "sumfunction"), sandbox, data)
    (hidden,) = results(given, sandbox, data)
    wanted = "This problem wants a function: define `total`, which the judge calls."
    assert sample.message.startswith(wanted)
    assert hidden.message.startswith(wanted)


def _knows(mutants: Sequence[Mutant]) -> Known:
    return lambda _: mutants


def test_a_number_without_end_is_a_wrong_answer(sandbox: Sandbox) -> None:
    # Digits and one letter: what once kept the judge busy for minutes.
    data = InMemory()
    text = "print('1' * 60_000 + 'x')"
    for checker in (CheckerSpec(), CheckerSpec("tokens", ("float_tolerance", "1e-6"))):
        observer = Observer()
        judged = replace(job(data, text), checker=checker)
        for event in judge(judged, sandbox, data, every_test=True):
            if isinstance(event, TestDone):
                observer.see(event)
        assert set(observer.failure().verdicts.values()) == {"WA"}
        known = [Mutant("wrong_answer/same.py", {"en": "It prints ones."}, observer.failure())]
        assert diagnose(judged, observer, data, _knows(known)) == {}


@pytest.mark.parametrize("checker", ["fuzzy"])
def test_a_checker_that_does_not_exist_is_ours(sandbox: Sandbox, checker: str) -> None:
    data = InMemory()
    whole = job(data, RIGHT)
    *_, last = judge(replace(whole, checker=replace(whole.checker, name=checker)), sandbox, data)
    assert isinstance(last, Judged)
    assert last.result.verdict == "JE"


def test_languages_are_tried_out_in_the_jail(sandbox: Sandbox) -> None:
    found = {one.id: one for one in available(sandbox)}
    assert found.keys() == languages().keys()
    assert found["python3"].version.startswith("Python 3.")
    assert found["pytorch"].version.startswith("torch 2.")
    assert all(bool(one.version) == one.available for one in found.values())
