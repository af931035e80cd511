"""Whether a failure comes from a known mistake: a wrong attribution is worse than none."""

from collections.abc import Callable, Iterable, Mapping

import pytest

from judge.job import BlobRef, CheckerSpec, JudgeJob, Kind, Source, TestCase
from judge.limits import Limits, Usage
from judge.mistakes.failures import Failure, Mutant, line_of
from judge.result import TestResult
from judge.verdict import Verdict
from worker.judging.diagnosis import (
    MAX_OUTPUT_BYTES,
    MOST_JUDGINGS,
    Diagnosis,
    Observer,
    settled,
)
from worker.judging.judging import TestDone

TESTS = ("1", "2", "3", "4", "5")
ANSWERS = {"1": b"7\n", "2": b"-3\n", "3": b"12\n", "4": b"-8\n", "5": b"31\n"}
LINE = {"en": "It forgets the last.", "zh": "漏了最后一个。"}


def failure(outputs: Mapping[str, str], **verdicts: Verdict) -> Failure:
    """Wrong answers on these tests, and other failures by test name (`t3=Verdict.RTE`)."""
    others = {test[1:]: verdict for test, verdict in verdicts.items()}
    return Failure(
        dict.fromkeys(outputs, Verdict.WA) | others,
        {test: output.encode() for test, output in outputs.items()},
    )


def mutant(
    outputs: Mapping[str, str], line: Mapping[str, str] = LINE, **verdicts: Verdict
) -> Mutant:
    return Mutant("wrong_answer/known.py", line, failure(outputs, **verdicts))


def line(
    outputs: Mapping[str, str],
    *known: Mutant,
    ran: tuple[str, ...] = TESTS,
    checker: str = "tokens",
    answers: Mapping[str, bytes] = ANSWERS,
    **verdicts: Verdict,
) -> Mapping[str, str]:
    """Return the line that a user with this failure gets."""

    def find(fits: Callable[[Failure], bool]) -> Iterable[Mutant]:
        return [one for one in known if fits(one.failure)]

    found = failure(outputs, **verdicts)
    return Diagnosis(found, ran, CheckerSpec(checker), answers.__getitem__).line(find)


def test_the_same_wrong_answers_get_the_line() -> None:
    assert line({"1": "6\n", "3": " 9 \n"}, mutant({"1": "6\n", "3": "9\n"})) == LINE


@pytest.mark.parametrize(
    ("outputs", "known"),
    [
        ({"1": "6", "3": "10"}, {"1": "6", "3": "9"}),  # another answer
        ({"1": "6", "3": "9", "5": "1"}, {"1": "6", "3": "9"}),  # one more test
        ({"1": "6"}, {"1": "6", "3": "9"}),  # one less
        ({}, {"1": "6", "3": "9"}),
    ],
)
def test_another_failure_gets_none(outputs: dict[str, str], known: dict[str, str]) -> None:
    assert line(outputs, mutant(known)) == {}


def test_verdicts_must_be_the_same_too() -> None:
    known = mutant({"1": "6", "3": "9"}, t5=Verdict.RTE)
    assert line({"1": "6", "3": "9"}, known, t5=Verdict.RTE) == LINE
    assert line({"1": "6", "3": "9"}, known, t5=Verdict.TLE) == {}
    assert line({"1": "6", "3": "9"}, known) == {}


def test_a_run_that_was_stopped_is_compared_as_far_as_it_came() -> None:
    known = mutant({"1": "6", "3": "9", "5": "2"})
    assert line({"1": "6", "3": "9"}, known, ran=("1", "2", "3")) == LINE
    assert line({"1": "6"}, known, ran=("1",)) == {}


@pytest.mark.parametrize(("answer", "told"), [("4711", LINE), ("0", {}), ("1", {}), ("1000", {})])
def test_one_answer_is_enough_only_if_nobody_hits_it_by_chance(
    answer: str, told: dict[str, str]
) -> None:
    assert line({"3": answer}, mutant({"3": answer})) == told


def test_a_number_that_is_right_there_proves_nothing() -> None:
    answers = {**ANSWERS, "3": b"47110815 2\n"}
    known = mutant({"3": "47110815 1"})
    assert line({"3": "47110815 1"}, known, answers=answers) == {}


def test_an_empty_template_is_no_mistake() -> None:
    zeros = dict.fromkeys(TESTS, "0\n")
    assert line(zeros, mutant(zeros)) == {}
    few = {"2": "0", "4": "0"}
    assert line(few, mutant(few)) == LINE


def test_several_mistakes_must_share_the_line() -> None:
    outputs = {"1": "6", "3": "9"}
    other = mutant(outputs, {"en": "Something else."})
    assert line(outputs, mutant(outputs), mutant(outputs)) == LINE
    assert line(outputs, mutant(outputs), other) == {}
    assert line(outputs, mutant(outputs), mutant(outputs, {})) == {}


def test_the_fuller_match_wins() -> None:
    outputs = {"1": "6", "3": "9", "5": "2"}
    fuller = mutant(outputs)
    kept_less = Mutant(
        "b.py", {"en": "b"}, Failure(fuller.failure.verdicts, {"1": b"6", "3": b"9"})
    )
    assert line(outputs, fuller, kept_less) == LINE


TENSORS = {
    "1": b"tensor out float32 2\n1.5 2.25\n",
    "2": b"tensor out float32 2\n-4 0.125\n",
}


def tensors(first: str, second: str) -> dict[str, str]:
    head = "tensor out float32 2\n"
    return {"1": f"{head}{first}\n", "2": f"{head}{second}\n"}


def told_of_tensors(ours: dict[str, str], theirs: dict[str, str]) -> Mapping[str, str]:
    return line(ours, mutant(theirs), ran=("1", "2"), checker="tensors", answers=TENSORS)


def test_tensors_may_differ_within_the_tolerance() -> None:
    known = tensors("3.125 4.5", "-8.5 0.25")
    assert told_of_tensors(tensors("3.12501 4.50001", "-8.50002 0.25"), known) == LINE
    assert told_of_tensors(tensors("3.126 4.5", "-8.5 0.25"), known) == {}


LARGE = {"1": b"tensor out float64 2\n1.7623480914 -2.6712903345\n"}
HERE, THERE = "1.7623614072799683 -2.671269178390503", "1.762332797050476 -2.671281099319458"


def told_of_float32(ours: str, *known: Mutant) -> Mapping[str, str]:
    outputs = {"1": f"tensor out float64 2\n{ours}\n"}
    return line(outputs, *known, ran=("1",), checker="tensors", answers=LARGE)


def in_float32(values: str, line: Mapping[str, str] = LINE) -> Mutant:
    return mutant({"1": f"tensor out float64 2\n{values}\n"}, line)


def test_the_rounding_of_another_processor_is_told_without_saying_where() -> None:
    told = told_of_float32(HERE, in_float32(THERE))
    assert told["en"] == "Part of it is computed in float32; float64 inputs ask for float64."
    assert told.keys() == LINE.keys()
    other = in_float32("1.7623314857482910 -2.671319007873535", {"en": "Elsewhere."})
    assert told_of_float32(HERE, in_float32(THERE), other) == told
    # A mutant with equal numbers says more than one with equal facts.
    assert told_of_float32(HERE, other, in_float32(HERE)) == LINE
    assert told_of_float32(HERE, in_float32("1.8 -2.7")) == {}
    assert told_of_float32("1.76236 -2.67127", in_float32(THERE)) == {}


def facts(**words: str) -> dict[str, str]:
    lines = "".join(f"value {name} {word}\n" for name, word in words.items())
    return {test: f"value sizes {test}x4\n{lines}" for test in ("1", "2")}


RIGHT_FACTS = facts(within="true", leaf="true", even="true")
FACTS = {test: text.encode() for test, text in RIGHT_FACTS.items()}


def told_of_facts(ours: dict[str, str], *known: Mutant) -> Mapping[str, str]:
    return line(ours, *known, ran=("1", "2"), checker="tensors", answers=FACTS)


def test_facts_say_too_little_where_another_mistake_explains_some_of_them() -> None:
    wide = facts(within="false", leaf="true", even="false")
    known = mutant(wide)
    assert told_of_facts(wide, known) == LINE
    uneven = facts(within="true", leaf="true", even="false")
    assert told_of_facts(wide, known, mutant(uneven, {"en": "uneven"})) == {}
    assert told_of_facts(wide, known, mutant(uneven)) == LINE
    no_leaf = facts(within="true", leaf="false", even="true")
    assert told_of_facts(wide, known, mutant(no_leaf, {"en": "no leaf"})) == LINE


def done(name: str, verdict: Verdict, output: bytes | None = None) -> TestDone:
    return TestDone(1, 1, TestResult(name, False, verdict, Usage()), output)


def test_an_observer_keeps_wrong_answers_that_are_short() -> None:
    observer = Observer()
    observer.see(done("1", Verdict.AC))
    observer.see(done("2", Verdict.WA, b"5"))
    observer.see(done("3", Verdict.RTE))
    observer.see(done("4", Verdict.WA, b"x" * (MAX_OUTPUT_BYTES + 1)))
    observer.see(done("5", Verdict.WA, b""))
    found = observer.failure()
    assert observer.ran == list(TESTS)
    assert list(found.verdicts) == ["2", "3", "4", "5"]
    assert found.outputs == {"2": b"5", "5": b""}


def test_all_that_is_kept_is_bounded() -> None:
    observer = Observer()
    for number in range(100):
        observer.see(done(str(number), Verdict.WA, b"x" * MAX_OUTPUT_BYTES))
    assert len(observer.failure().verdicts) == 100
    assert len(observer.failure().outputs) == 8


def job_with_tests() -> JudgeJob:
    ref = BlobRef("0" * 64, 0)
    tests = tuple(TestCase(name, False, ref, ref) for name in TESTS)
    return JudgeJob("", "p", 1, Kind.FUNCTION, Source("python3", ""), tests, Limits())


def test_what_comes_again_is_judged_twice_and_kept() -> None:
    asked = []

    def judge(job: JudgeJob) -> Failure:
        asked.append([test.name for test in job.tests])
        return failure({"1": "6 ", "3": "9"})

    first = failure({"1": "6", "3": "9"}, t5=Verdict.RTE)
    assert settled(job_with_tests(), first, judge) == first
    assert asked == [["1", "3"]]


def test_what_chance_decides_is_told_apart() -> None:
    """The result of test 3 is random; so is that of test 4, which fails so rarely that only the
    last judging shows it.
    """
    drawn = iter(f"0.{number}" for number in range(MOST_JUDGINGS))
    others: list[dict[str, str]] = [{} for _ in range(MOST_JUDGINGS - 2)] + [{"4": "1"}]

    def judge(job: JudgeJob) -> Failure:
        return failure({"1": "6", "3": next(drawn)} | others.pop(0), t5=Verdict.RTE)

    found = settled(job_with_tests(), failure({"1": "6", "3": "0.123"}, t5=Verdict.RTE), judge)
    assert others == []
    assert (found.verdicts, found.outputs) == (
        {"1": Verdict.WA, "5": Verdict.RTE},
        {"1": b"6"},
    )
    assert found.drawn == {"3": {Verdict.WA}, "4": {Verdict.AC, Verdict.WA}}


def test_chance_must_not_decide_whether_somebody_is_told() -> None:
    drawn = {"4": frozenset({Verdict.AC, Verdict.WA}), "5": frozenset({Verdict.WA})}
    kept = failure({"1": "6", "3": "9"})
    known = Mutant("a.py", LINE, Failure(kept.verdicts, kept.outputs, drawn))
    assert line({"1": "6", "3": "9", "4": "0.5", "5": "0.7"}, known) == LINE
    assert line({"1": "6", "3": "9", "5": "0.8"}, known) == LINE
    assert line({"1": "6", "3": "9"}, known) == {}
    assert line({"1": "6", "3": "9", "5": "0.8"}, known, t4=Verdict.RTE) == {}


def test_a_line_is_found_by_file_name_or_by_that_of_another_language() -> None:
    mistakes = {"no_scale.py": {"en": "scale"}, "off.cpp": {"en": "off"}}
    assert line_of(mistakes, "wrong_answer/no_scale.py") == {"en": "scale"}
    assert line_of(mistakes, "wrong_answer/off.py") == {"en": "off"}
    assert line_of(mistakes, "wrong_answer/other.py") == {}
