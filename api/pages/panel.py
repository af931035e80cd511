"""The verdict panel: one submission or run as the reader sees it, in each of its states.

The problem's page, the submission's page and the live stream draw the same template with it.
"""

from dataclasses import dataclass

from api.content_language import ContentLanguage
from api.pages.next_steps import NextSteps, next_steps_of
from api.services import Services
from judge.accounts.users import Principal
from judge.compiler_messages import places
from judge.differences import Difference, Reason
from judge.states import Purpose
from judge.submissions.views import PublicState, SubmissionView, TestView
from judge.tensor_pictures import TensorPicture, picture_of
from judge.verdict import Verdict
from judge.wording import wordings

MOST_FAILURES = 5
"""So many different failures are listed; the submission's page has all."""


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
    """A piece of what a compiler said; `line` is the line of the source that it names, or 0, and
    `message` what is wrong there."""

    text: str
    line: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class PanelTest:
    """A test with its texts in the reader's language, and the picture of a wrong tensor where its
    values are shown."""

    view: TestView
    message: str
    hint: str
    picture: TensorPicture | None

    @property
    def power(self) -> int | None:
        """The power of ten of the largest error over what is allowed, where only that is told."""
        told = self.view.difference.values if self.view.difference else {}
        return None if "error" in told else told.get("power")


@dataclass(frozen=True, slots=True)
class Panel:
    """All that the template needs. `state` is `queued`, `compiling`, `judging`, `done`, or `sealed`
    while one is judged of which an interview's round tells nothing yet."""

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
    next_steps: NextSteps | None

    @property
    def family(self) -> str:
        """The class that colours the panel."""
        return self.view.verdict.lower() if self.view.verdict else "run"

    @property
    def progress(self) -> str:
        """Another one whenever the panel shows more than before."""
        return f"{self.state}.{len(self.tests)}"

    @property
    def current_test(self) -> int:
        """The number of the test that runs now, from 1."""
        return min(len(self.tests) + 1, self.total_tests)

    @property
    def only_ran(self) -> bool:
        """Whether it ran to its end on an own input, which has no answer to be compared with."""
        return (
            self.view.purpose is Purpose.RUN
            and self.view.verdict is Verdict.AC
            and bool(self.tests)
            and not self.tests[0].view.expected
        )

    @property
    def first_error(self) -> Piece | None:
        """The first place in the source of which a compiler says what is wrong, or else the first
        that it names."""
        named = [piece for piece in self.compiler_said if piece.line]
        return next((piece for piece in named if piece.message), named[0] if named else None)


def read_panel(
    ctx: Services, viewer: Principal, view: SubmissionView, reader: ContentLanguage
) -> Panel:
    """The panel of a submission as `viewer` sees it. Raises UnavailableError."""
    return panel_of(view, reader, next_steps_of(ctx, viewer, view, reader))


def panel_of(
    view: SubmissionView, reader: ContentLanguage, next_steps: NextSteps | None = None
) -> Panel:
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
    found: dict[tuple[Verdict, str], list[int]] = {}
    for number, test in enumerate(tests, start=1):
        if test.view.verdict is not Verdict.AC:
            found.setdefault((test.view.verdict, test.message), []).append(number)
    # One for each different failure, in the order of the tests.
    failures = []
    for (verdict, text), numbers in found.items():
        first = tests[numbers[0] - 1].view
        at = first.difference
        # Of other reasons, `line` is a line of the output.
        line = at.values.get("line", 0) if at and at.reason is Reason.EXCEPTION else 0
        failures.append(Failure(verdict, text, numbers[0], first.name, len(numbers), line))
    # The number of tests comes with the first result: until then it compiles.
    state = view.state.value
    if view.state is PublicState.JUDGING and view.total_tests is None:
        state = "compiling" if view.sealed_until is None else "sealed"
    return Panel(
        view=view,
        state=state,
        tests=tests,
        total_tests=max(view.total_tests or 0, len(tests)),
        num_passed=sum(test.view.verdict is Verdict.AC for test in tests),
        diagnosis=reader.pick(view.diagnosis) or "",
        message=worded(view.message, view.difference, reader),
        failures=tuple(failures[:MOST_FAILURES]),
        more_failures=max(0, len(failures) - MOST_FAILURES),
        compiler_said=pieces(view.compile_output),
        next_steps=next_steps,
    )


def worded(message: str, difference: Difference | None, reader: ContentLanguage) -> str:
    """What happened, in the reader's language; an old row has a sentence in English only."""
    return message if difference is None else reader.pick(wordings(difference)) or message


def pieces(output: str) -> tuple[Piece, ...]:
    """What a compiler said, with the places that it names apart."""
    told, end = [], 0
    for place in places(output):
        told.append(Piece(output[end : place.start]))
        told.append(Piece(output[place.start : place.end], place.line, place.message))
        end = place.end
    told.append(Piece(output[end:]))
    return tuple(piece for piece in told if piece.text)
