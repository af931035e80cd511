"""Each mutant of each package is told its own line, some of them written anew; nobody is told
another's.

Data: the packages' own mutants, and `tests/packages/mistakes/<problem>/`, whose files name the
mutant whose line they must get, or that they get none, in a comment `told: NAME`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from judge.job import Kind
from judge.mistakes.mutants import Failure, Mutant, is_mutant, line_of
from judge.problem_package.package import PackageSubmission
from judge.verdict import Verdict
from tests.packages.data import HERE, SHIPPED_PROBLEMS, Case, cases, package
from tests.packages.judging import Judgings
from tests.packages.rewriting import rewritten
from worker.judging.diagnosis import Diagnosis, settled

# The first to ask waits for all that a package's mutants have to be judged for.
pytestmark = pytest.mark.timeout(1500)

DRAWN = {
    # Some of what these answer is drawn at random: judged again, as when they are published.
    "loralinear/merge_does_nothing.py",
    "loralinear/merged_still_adds_lora.py",
    "loralinear/hidden_cached.py",
}
NEVER_TOLD = {
    # All that they answer is drawn at random.
    "llavaprojector/dropout.py", "visualabstractor/dropout.py",
    "multiheadattention/dropout.py", "patchembed/dropout.py",
    "lorainit/a_and_b_swapped.py", "lorainit/b_not_zero.py",
    "lorainit/returned_in_the_other_order.py", "lorainit/shapes_swapped.py",
    "loralinear/a_and_b_swapped.py", "loralinear/b_not_zero.py",
    "loralinear/dropout_in_eval.py", "loralinear/dropout_on_base.py",
    "loralinear/dropout_while_merged.py", "lorainit/b_tiny.py",
    # Nothing is wrong but facts, some of which another mistake gets wrong too.
    "lorainit/a_fan_out.py", "lorainit/a_rows_repeated.py", "lorainit/a_standard_normal.py",
    "lorainit/a_xavier.py", "lorainit/a_zero_too.py", "lorainit/kept_between_calls.py",
    "lorainit/no_gradients.py", "lorainit/own_generator.py", "lorainit/seed_set.py",
    "loralinear/a_zero_too.py", "loralinear/a_same_every_time.py",
    "loralinear/dropout_gradient_unmasked.py", "loralinear/dropout_keeps_with_p.py",
    "lorainit/drawn_into_one_buffer.py", "lorainit/generator_put_back.py",
    "lorainit/forged_facts.py", "lorainit/a_half_precision.py",
}  # fmt: skip
MUTANTS = [
    case
    for case in cases()
    if case.package.parent == SHIPPED_PROBLEMS and is_mutant(case.submission.expected)
]
PYTHON = [case for case in MUTANTS if case.submission.path.endswith(".py")]
# Words change nothing of what a program answers, so some are enough, and any that draws.
WRITTEN_ANEW = 8
TOLD = re.compile(r"^\W*told: (\S+)$", re.MULTILINE)
FILES = sorted((HERE / "mistakes").glob("*/*"))


def name_of(case: Case) -> str:
    return f"{case.package.name}/{Path(case.submission.path).name}"


def in_other_words(case: Case, text: str) -> Case:
    return replace(case, submission=replace(case.submission, text=text))


def sent() -> Iterator[Case]:
    """What somebody may send: each mutant, some of them with other names and another layout."""
    for number, case in enumerate(PYTHON):
        if number % WRITTEN_ANEW and name_of(case) not in DRAWN:
            yield case
        else:
            yield in_other_words(case, rewritten(case.submission.text))


@cache
def known(folder: Path, judgings: Judgings) -> list[Mutant]:
    """A package's mutants, as far as their languages are available."""
    mistakes = package(folder).mistakes
    found = [(case, kept(case, judgings)) for case in MUTANTS if case.package == folder]
    return [
        Mutant(case.submission.path, line_of(mistakes, case.submission.path), failure)
        for case, failure in found
        if failure
    ]


def kept(case: Case, judgings: Judgings) -> Failure | None:
    """How a mutant fails; None where its language is not available."""
    outcome = judgings.of(case)
    if outcome is None or name_of(case) not in DRAWN:
        return outcome and outcome.failure
    return settled(judgings.job(case), outcome.failure, judgings.again)


def told(case: Case, judgings: Judgings, without: str = "") -> Mapping[str, str]:
    """The line that a submission gets, if there were no mutant `without`."""
    outcome = judgings.of(case)
    assert outcome is not None
    whole = package(case.package)
    answers = {test.name: test.answer for test in whole.tests}
    mutants = [one for one in known(case.package, judgings) if one.path != without]
    diagnosis = Diagnosis(outcome.failure, outcome.ran, whole.checker, answers.__getitem__)
    return diagnosis.line(lambda fits: [one for one in mutants if fits(one.failure)])


@pytest.mark.parametrize("again", list(sent()), ids=map(name_of, PYTHON))
def test_a_mutant_is_told_its_line(again: Case, judgings: Judgings) -> None:
    own = line_of(package(again.package).mistakes, again.submission.path)
    assert own
    allowed = [own, {}] if name_of(again) in NEVER_TOLD else [own]
    assert told(again, judgings) in allowed


@pytest.mark.parametrize("case", MUTANTS, ids=map(name_of, MUTANTS))
def test_a_mistake_that_nobody_knows_yet_is_told_nothing(case: Case, judgings: Judgings) -> None:
    if judgings.of(case) is None:
        pytest.skip(f"no {case.submission.language} here")
    own = line_of(package(case.package).mistakes, case.submission.path)
    # Another with the same line is the same mistake in another language, or looks the same.
    assert told(case, judgings, without=case.submission.path) in [{}, own]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_people_write(file: Path, judgings: Judgings) -> None:
    text = file.read_text()
    folder = SHIPPED_PROBLEMS / file.parent.name
    python = "pytorch" if package(folder).kind is Kind.TORCH else "python3"
    language = python if file.suffix == ".py" else "cpp"
    submission = PackageSubmission(file.name, language, text, frozenset({Verdict.WA}))
    (name,) = TOLD.findall(text)
    own = {} if name == "none" else package(folder).mistakes[name]
    assert told(Case(folder, submission), judgings) == own
