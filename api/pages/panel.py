"""The verdict panel: one submission or run as the reader sees it, in each of its states.

The problem's page, the submission's page and the live stream draw the same template with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.content_language import ContentLanguage
from judge.differences import Difference, Reason
from judge.submissions.views import PublicState, SubmissionView, TestView
from judge.tensor_pictures import TensorPicture, picture_of
from judge.verdict import Verdict
from judge.wording import wordings

MOST_FAILURES = 5
"""So many different failures are listed; the submission's page has all."""
# `file:line:column`, as compilers begin a line.
_PLACE = re.compile(r"^(?P<file>[\w./+-]+):(?P<line>\d+)(?::(?P<column>\d+))?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in the same way in some tests; `first` is the first of them (from 1), and
    `line` the line of the source at which it went wrong, 0 where none is known."""

    verdict: Verdict
    text: str
    first: int
    name: str
    num_tests: int
    line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of what a compiler said; `line` is the line of the source that it names, or 0."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class PanelTest:
    """A test with its texts in the reader's language, and the picture of a wrong tensor where its
    values are shown."""

    view: TestView
    message: str
    hint: str
    picture: TensorPicture | None


@dataclass(frozen=True, slots=True)
class Panel:
    """All that the template needs. `state` is `queued`, `compiling`, `judging` or `done`."""

    view: SubmissionView
    state: str
    tests: tuple[PanelTest, ...]
    total_tests: int
    num_passed: int
    diagnosis: str
    message: str
    failures: tuple[Failure, ...]
    more_failures: int
    compiler_said: tuple[Piece, ...]

    @property
    def family(self) -> str:
        """The class that colours the panel."""
        return self.view.verdict.lower() if self.view.verdict else "run"

    @property
    def source_line(self) -> int:
        """The first line of the source that a compiler complains of; 0 for none."""
        return next((piece.line for piece in self.compiler_said if piece.line), 0)


def panel_of(view: SubmissionView, reader: ContentLanguage) -> Panel:
    """The panel of a submission in one language."""
    tests = tuple(
        PanelTest(
            test,
            worded(test.message, test.difference, reader),
            reader.pick(test.hint) or "",
            picture_of(test.expected, test.output, test.difference),
        )
        for test in view.tests
    )
    failures = _failures(tests)
    return Panel(
        view=view,
        state=_state(view),
        tests=tests,
        total_tests=max(view.total_tests or 0, len(tests)),
        num_passed=sum(test.view.verdict is Verdict.AC for test in tests),
        diagnosis=reader.pick(view.diagnosis) or "",
        message=worded(view.message, view.difference, reader),
        failures=failures[:MOST_FAILURES],
        more_failures=max(0, len(failures) - MOST_FAILURES),
        compiler_said=pieces(view.compile_output),
    )


def worded(message: str, difference: Difference | None, reader: ContentLanguage) -> str:
    """What happened, in the reader's language; an old row has a sentence in English only."""
    return message if difference is None else reader.pick(wordings(difference)) or message


def _state(view: SubmissionView) -> str:
    # The number of tests comes with the first result: until then it compiles.
    if view.state is PublicState.JUDGING and view.total_tests is None:
        return "compiling"
    return view.state.value


def _failures(tests: Sequence[PanelTest]) -> tuple[Failure, ...]:
    """One line for each different failure, in the order of the tests."""
    found: dict[tuple[Verdict, str], list[int]] = {}
    for number, test in enumerate(tests, start=1):
        if test.view.verdict is not Verdict.AC:
            found.setdefault((test.view.verdict, test.message), []).append(number)
    failures = []
    for (verdict, text), numbers in found.items():
        first = tests[numbers[0] - 1].view
        at = first.difference
        # Of other reasons, `line` is a line of the output.
        line = at.values.get("line", 0) if at and at.reason is Reason.EXCEPTION else 0
        failures.append(Failure(verdict, text, numbers[0], first.name, len(numbers), line))
    return tuple(failures)


def pieces(output: str) -> tuple[Piece, ...]:
    """What a compiler said, with the places that it names apart."""
    told, end = [], 0
    for place in _PLACE.finditer(output):
        told.append(Piece(output[end : place.start()], 0))
        # Cut: a number of very many digits is no line, and Python refuses to read it.
        told.append(Piece(place[0], int(place["line"][:6])))
        end = place.end()
    told.append(Piece(output[end:], 0))
    return tuple(piece for piece in told if piece.text)
