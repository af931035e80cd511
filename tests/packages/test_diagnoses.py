"""Each mutant of each package gets its own line, also when rewritten; none gets another mutant's
line.

Data: the packages' own mutants, and `tests/packages/mistakes/<problem>/`, whose files name the
mutant whose line they must get, or that they get none, in a comment `told: NAME`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import filterfalse, groupby, islice
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from judge.differences import Difference, Reason
from judge.job import Kind
from judge.mistakes.failures import Failure, Mutant, is_mutant, line_of
from judge.problem_package.package import PackageSubmission
from judge.tensor_text import Fact, Tensor, parse
from judge.verdict import Verdict
from judge.wording import wordings
from tests.packages.data import HERE, SHIPPED_PROBLEMS, Case, cases, known, package, recorded
from tests.packages.judging import Judgings
from tests.packages.rewriting import rewritten
from tests.support.whole import is_quick, is_whole
from worker.checkers.tensors import compare
from worker.judging.diagnosis import Diagnosis

NEVER_TOLD = {
    # All their answers are random.
    "llavaprojector/dropout.py", "visualabstractor/dropout.py",
    "multiheadattention/dropout.py", "patchembed/dropout.py",
    "llavaprojector/dropout_in_place.py", "loralinear/dropout_in_place.py",
    "multiheadattention/dropout_in_place.py", "patchembed/dropout_in_place.py",
    "swiglu/dropout.py", "swiglu/dropout_in_place.py", "swiglu/linears_with_bias.py",
    "lorainit/a_and_b_swapped.py", "lorainit/b_not_zero.py",
    "lorainit/returned_in_the_other_order.py", "lorainit/shapes_swapped.py",
    "loralinear/a_and_b_swapped.py", "loralinear/b_not_zero.py",
    "loralinear/dropout_in_eval.py", "loralinear/dropout_on_base.py",
    "loralinear/dropout_while_merged.py", "lorainit/b_tiny.py",
    "causalattention/dropout.py",
    "groupedqueryattention/dropout.py", "groupedqueryattention/biases_added.py",
    # Nothing is wrong but facts, some of which another mistake gets wrong too.
    "lorainit/a_fan_out.py", "lorainit/a_rows_repeated.py", "lorainit/a_standard_normal.py",
    "lorainit/a_xavier.py", "lorainit/a_zero_too.py", "lorainit/kept_between_calls.py",
    "lorainit/no_gradients.py", "lorainit/own_generator.py", "lorainit/seed_set.py",
    "loralinear/a_zero_too.py", "loralinear/a_same_every_time.py",
    "loralinear/dropout_gradient_unmasked.py", "loralinear/dropout_keeps_with_p.py",
    "loralinear/dropout_ignored.py", "loralinear/dropout_not_rescaled.py",
    "lorainit/drawn_into_one_buffer.py", "lorainit/generator_put_back.py",
    "lorainit/forged_facts.py", "lorainit/a_half_precision.py",
}  # fmt: skip
WRITTEN_ANEW = 128 if is_quick() else 16 if is_whole() else 64
"""Rewriting doesn't change a program's answers, so only one in this many mutants is rewritten,
about one for two packages.
"""
DRAWN_ANEW = 16 if is_quick() else 1 if is_whole() else 2
"""And of those that draw what they answer, or compute in float32: what those answer is the
processor's affair."""
LOOKED_AT = 4 if is_quick() else 1
"""Of each package, one in this many mutants is looked up unchanged."""
FLOAT32 = wordings(Difference(Reason.FLOAT32_INSIDE))
"""What float32's rounding is told, where it was recorded on a processor that rounds otherwise."""
TOLD = re.compile(r"^\W*told: (\S+)$", re.MULTILINE)


def name_of(case: Case) -> str:
    return f"{case.package.name}/{Path(case.submission.path).name}"


def is_drawn(case: Case) -> bool:
    """Whether chance decides some of what it answers: what is kept of that is no submission's."""
    return recorded()[case.package][case.submission.path]


def is_known(case: Case) -> bool:
    """Of those that aren't, `test_bundled` says what is to be done."""
    return case.submission.path in recorded()[case.package]


def is_float32(case: Case) -> bool:
    """Whether the mistake is that it computes in float32."""
    return "float32" in name_of(case)


def in_other_words(case: Case) -> Case:
    text = rewritten(case.submission.text)
    return replace(case, submission=replace(case.submission, text=text))


def written(file: Path) -> Case:
    """One of `tests/packages/mistakes/`."""
    folder = SHIPPED_PROBLEMS / file.parent.name
    python = "pytorch" if package(folder).kind is Kind.TORCH else "python3"
    language = python if file.suffix == ".py" else "cpp"
    wrong = frozenset({Verdict.WA})
    return Case(folder, PackageSubmission(file.name, language, file.read_text(), wrong))


MUTANTS = [
    case
    for case in cases()
    if case.package.parent == SHIPPED_PROBLEMS
    and is_mutant(case.submission.expected)
    and is_known(case)
    # A quiz names the misconception itself, answer by answer.
    and package(case.package).kind is not Kind.QUIZ
]
PYTHON = [case for case in MUTANTS if case.submission.path.endswith(".py")]
WRITTEN = [written(file) for file in sorted((HERE / "mistakes").glob("*/*"))]
STEADY = {
    folder: [case for case in cases if not is_drawn(case)][::LOOKED_AT]
    for folder, cases in groupby(MUTANTS, key=attrgetter("package"))
}
FLOAT32_CASES = [case for case in PYTHON if is_float32(case)]
INSIDE = [case for case in FLOAT32_CASES if name_of(case).endswith("/float32_inside.py")]
OTHERS = [case for case in PYTHON if case not in INSIDE]
SENT = [
    in_other_words(case)
    for case in (
        *islice(filterfalse(is_drawn, OTHERS), 0, None, WRITTEN_ANEW),
        *islice(filter(is_drawn, OTHERS), 0, None, DRAWN_ANEW),
        *islice(INSIDE, 0, None, DRAWN_ANEW),
    )
]


def told(
    folder: Path, failure: Failure, ran: Iterable[str] | None = None, without: str = ""
) -> Mapping[str, str]:
    """The line for who fails so on the tests that `ran` (all), if there were no mutant
    `without`."""
    whole = package(folder)
    answers = {test.name: test.answer for test in whole.tests}
    mutants = [
        Mutant(path, line_of(whole.mistakes, path), one)
        for path, one in known(folder).items()
        if path != without
    ]
    diagnosis = Diagnosis(failure, tuple(ran or answers), whole.checker, answers.__getitem__)
    return diagnosis.line(lambda fits: [one for one in mutants if fits(one.failure)])


def told_now(case: Case, judgings: Judgings) -> Mapping[str, str]:
    """The line that a submission gets."""
    outcome = judgings.of(case)
    assert outcome is not None
    return told(case.package, outcome.failure, outcome.ran)


def allowed(case: Case) -> list[Mapping[str, str]]:
    """The mutant's own line; none is right, too, where too little can be known."""
    own = line_of(package(case.package).mistakes, case.submission.path)
    assert own
    return [own, {}] if name_of(case) in NEVER_TOLD else [own]


@pytest.mark.parametrize("folder", STEADY, ids=attrgetter("name"))
def test_a_mutant_is_told_its_line(folder: Path) -> None:
    told_otherwise = {}
    for case in STEADY[folder]:
        found = told(folder, known(folder)[case.submission.path])
        if found not in allowed(case):
            told_otherwise[case.submission.path] = found
    assert told_otherwise == {}


@pytest.mark.parametrize("case", SENT, ids=map(name_of, SENT))
def test_a_mutant_in_other_words_is_told_its_line(case: Case, judgings: Judgings) -> None:
    assert told_now(case, judgings) in [*allowed(case), *[FLOAT32] * is_float32(case)]


def on_another_processor(output: bytes, answer: bytes) -> bytes:
    """A wrong output of float32's rounding, as it might come from elsewhere: the same errors, but
    each in another place."""
    lines = []
    for got, right in zip(parse(output), parse(answer), strict=True):
        if not isinstance(got, Tensor) or not isinstance(right, Tensor):
            assert isinstance(got, Fact)
            lines.append(f"value {got.name} {' '.join(got.words)}\n".encode())
            continue
        body = got.body
        if got.dtype == right.dtype == "float64" and compare(got, right) is not None:
            errors = np.random.default_rng(1).permutation(got.floats - right.floats)
            body = " ".join(map(repr, (right.floats + errors).tolist())).encode()
        shape = "x".join(map(str, got.shape)) or "scalar"
        device = "" if got.device == "cpu" else f" device={got.device}"
        lines.append(f"tensor {got.name} {got.dtype} {shape}{device}\n".encode() + body + b"\n")
    return b"".join(lines)


# Nothing is added up in the schedule: each factor is rounded alike on every processor.
ORDERED = [case for case in FLOAT32_CASES if case.package.name != "cosineschedule"]


@pytest.mark.parametrize("case", ORDERED, ids=name_of)
def test_float32_is_told_on_any_processor(case: Case) -> None:
    answers = {test.name: test.answer for test in package(case.package).tests}
    failure = known(case.package)[case.submission.path]
    outputs = {
        test: on_another_processor(output, answers[test])
        for test, output in failure.outputs.items()
    }
    assert told(case.package, replace(failure, outputs=outputs)) in [*allowed(case), FLOAT32]


@pytest.mark.parametrize("folder", STEADY, ids=attrgetter("name"))
def test_a_mistake_that_nobody_knows_yet_is_told_nothing(folder: Path) -> None:
    told_of_others = {}
    for case in STEADY[folder]:
        path = case.submission.path
        own = line_of(package(folder).mistakes, path)
        found = told(folder, known(folder)[path], without=path)
        # Another with the same line is the same mistake in another language, or looks the same.
        if found not in ({}, own, *[FLOAT32] * is_float32(case)):
            told_of_others[path] = found
    assert told_of_others == {}


@pytest.mark.parametrize("case", WRITTEN, ids=name_of)
def test_what_people_write(case: Case, judgings: Judgings) -> None:
    (name,) = TOLD.findall(case.submission.text)
    own = {} if name == "none" else package(case.package).mistakes[name]
    assert told_now(case, judgings) == own
