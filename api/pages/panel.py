"""The verdict panel: one submission or run as the reader sees it, in each of its states.

The problem's page, the submission's page and the live stream draw it with the same template.
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
"""How many different failures the panel lists at most; the submission's page has all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that is the same in `num_tests` tests; `first` is the first of them (from 1), and
    `line` the line of the source that failed, 0 if it is not known."""

    verdict: Verdict
    text: str
    first: int
    name: str
    num_tests: int
    line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a compiler's output; `line` is the line of the source that it names, or 0, and
    `message` the error there."""

    text: str
    line: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class PanelTest:
    """A test with its texts in the reader's language, and the picture of a wrong tensor if its
    values may be shown."""

    view: TestView
    message: str
    hint: str
    picture: TensorPicture | None

    @property
    def power(self) -> int | None:
        """The power of ten of (largest error / allowed error), if the reader gets only that."""
        told = self.view.difference.values if self.view.difference else {}
        return None if "error" in told else told.get("power")


@dataclass(frozen=True, slots=True)
class Panel:
    """The template's variables. `state` is `queued`, `compiling`, `judging`, `done`, or `sealed`:
    being judged, but hidden until the interview's round is over."""

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
        """The CSS class that colours the panel."""
        return self.view.verdict.lower() if self.view.verdict else "run"

    @property
    def progress(self) -> str:
        """A text that changes whenever the panel shows more than before."""
        return f"{self.state}.{len(self.tests)}"

    @property
    def current_test(self) -> int:
        """The number of the test that runs now, from 1."""
        return min(len(self.tests) + 1, self.total_tests)

    @property
    def only_ran(self) -> bool:
        """Whether a run succeeded on the user's own input, which has no answer to compare with."""
        return (
            self.view.purpose is Purpose.RUN
            and self.view.verdict is Verdict.AC
            and bool(self.tests)
            and not self.tests[0].view.expected
        )

    @property
    def input_refused(self) -> bool:
        """Whether the user's own input is not valid for the problem, which is nobody's fault."""
        difference = self.tests[0].view.difference if self.tests else None
        return difference is not None and difference.reason is Reason.INVALID_INPUT

    @property
    def first_error(self) -> Piece | None:
        """The first place in the source for which the compiler has an error message, else the first
        place that it names."""
        named = [piece for piece in self.compiler_said if piece.line]
        return next((piece for piece in named if piece.message), named[0] if named else None)


def read_panel(
    ctx: Services, viewer: Principal, view: SubmissionView, reader: ContentLanguage
) -> Panel:
    """Build the panel of a submission as `viewer` sees it. Raises UnavailableError."""
    return panel_of(view, reader, next_steps_of(ctx, viewer, view, reader))


def panel_of(
    view: SubmissionView, reader: ContentLanguage, next_steps: NextSteps | None = None
) -> Panel:
    """Build the panel of a submission in one language."""
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
    # One entry for each different failure, in the order of the tests.
    failures = []
    for (verdict, text), numbers in found.items():
        first = tests[numbers[0] - 1].view
        at = first.difference
        # For other reasons `line` is a line of the output, not of the source.
        line = at.values.get("line", 0) if at and at.reason is Reason.EXCEPTION else 0
        failures.append(Failure(verdict, text, numbers[0], first.name, len(numbers), line))
    # `total_tests` is set with the first result; before that, the submission is compiled.
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
    """The message in the reader's language; an old row has only an English sentence."""
    return message if difference is None else reader.pick(wordings(difference)) or message


def pieces(output: str) -> tuple[Piece, ...]:
    """Split a compiler's output, so that each place it names is a piece of its own."""
    told, end = [], 0
    for place in places(output):
        told.append(Piece(output[end : place.start]))
        told.append(Piece(output[place.start : place.end], place.line, place.message))
        end = place.end
    told.append(Piece(output[end:]))
    return tuple(piece for piece in told if piece.text)
