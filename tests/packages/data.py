"""What the verdict tests judge. It is all data:

- every submission of every package in `problems/` and in `tests/packages/problems/`;
- `tests/packages/cases/<problem>/<verdict>/<file>`: submissions with verdicts that a package has
  no folder for. A comment `says: TEXT` in one must be found in the judging's message.

Of a package in `problems/` that is as it was when its mutants were recorded (`make known`, which
judges all its submissions and refuses one that does not get its verdict), a part of them is enough
to see that judging still works.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from judge.mistakes import bundled
from judge.mistakes.failures import Failure
from judge.problem_package.complaints import PackageError
from judge.problem_package.load import load
from judge.problem_package.package import PackageSubmission, ProblemPackage
from judge.verdict import Verdict
from tests.support.once import once
from tests.support.whole import is_quick, is_whole
from worker.judging.languages import languages

HERE = Path(__file__).parent
OWN_PROBLEMS = HERE / "problems"
SHIPPED_PROBLEMS = HERE.parent.parent / "problems"
CASES = HERE / "cases"
WRONG_JUDGED = 128 if is_quick() else 16
"""Of a recorded package, one in this many wrong submissions is judged."""
ACCEPTED_JUDGED = 32 if is_quick() else 6
"""One in this many accepted submissions is judged."""
_SAYS = re.compile(r"^\W*says: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One submission, the verdicts that are right for it, and what its message must hold."""

    package: Path
    submission: PackageSubmission
    says: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.package.name}/{self.submission.path}"


def package_folders() -> list[Path]:
    return sorted(
        file.parent
        for folder in (SHIPPED_PROBLEMS, OWN_PROBLEMS)
        for file in folder.glob("*/problem.yaml")
    )


@cache
def sound_packages() -> Mapping[Path, ProblemPackage]:
    """Without those that `load` refuses: `test_package_is_sound` fails for them and says why."""

    def loaded() -> dict[Path, ProblemPackage]:
        found = {}
        for folder in package_folders():
            with suppress(PackageError):
                found[folder] = load(folder)
        return found

    return once("packages", loaded)


@cache
def package(folder: Path) -> ProblemPackage:
    return sound_packages().get(folder) or load(folder)


def cases() -> Iterator[Case]:
    """Of the sound packages, and of `cases/`."""
    for folder, sound in sound_packages().items():
        for submission in sound.submissions:
            yield Case(folder, submission)
    for file in sorted(CASES.glob("*/*/*")):
        text = file.read_text()
        path = str(file.relative_to(CASES / file.parts[-3]))
        submission = PackageSubmission(
            path, language_of(file), text, frozenset({Verdict(file.parent.name)})
        )
        yield Case(OWN_PROBLEMS / file.parts[-3], submission, tuple(_SAYS.findall(text)))


def judged_cases() -> Iterator[Case]:
    """Those of `cases` that are judged each time; all with SHOUSI_WHOLE_CORPUS=1."""
    every = {True: ACCEPTED_JUDGED, False: WRONG_JUDGED}
    seen = {True: 0, False: 0}
    for case in cases():
        is_right = case.submission.expected == {Verdict.AC}
        seen[is_right] += 1
        if is_whole() or seen[is_right] % every[is_right] == 0 or not is_recorded(case.package):
            yield case


def is_recorded(folder: Path) -> bool:
    """Whether the package's mutants were recorded as it is now."""
    return bool(recorded()[folder])


@cache
def recorded() -> Mapping[Path, Mapping[str, bool]]:
    """Of each sound package the mutants that were recorded, by path: whether chance decides
    something of what they answer."""
    return once(
        "recorded",
        lambda: {
            folder: {path: bool(failure.drawn) for path, failure in known(folder).items()}
            for folder in sound_packages()
        },
    )


@cache
def known(folder: Path) -> Mapping[str, Failure]:
    """How a package's mutants fail; `test_verdicts` sees that they do, and `make known` how."""
    return bundled.read(bundled.path_for(folder), package(folder).sha256)


def language_of(file: Path) -> str:
    """By its ending; a problem's kind does not matter, since no case is about torch."""
    return next(id for id, one in languages().items() if file.name.endswith(one.extensions))
