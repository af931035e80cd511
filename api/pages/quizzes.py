"""The form of a quiz: its questions as fields, and what was sent as an answers file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.datastructures import FormData

from api import error_types as kinds
from api.content_language import ContentLanguage
from api.errors import ProblemError, field_problem
from api.pages.panel import worded
from judge.problem_package.complaints import Complaints
from judge.problems.quizzes import QuestionView, SolutionView
from judge.quizzes.answers import read_answers, written
from judge.quizzes.questions import Question, QuestionType, Source, Texts
from judge.submissions.views import SubmissionView, TestView


@dataclass(frozen=True, slots=True)
class OptionField:
    """A choice or an item; `place` is where it was put, from 1, and 0 for nowhere."""

    id: str
    text: Markup
    chosen: bool
    place: int


@dataclass(frozen=True, slots=True)
class SolutionText:
    """What is told of a question once the quiz is solved."""

    right: str
    text: Markup
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True)
class QuestionField:
    """A question of the form with what was answered. `test` is what was said of that, and `message`
    the same in words."""

    id: str
    type: QuestionType
    text: Markup
    options: Sequence[OptionField]
    unit: str
    given: str
    test: TestView | None
    message: str
    solution: SolutionText | None


def fields_of(
    questions: Sequence[QuestionView],
    reader: ContentLanguage,
    source: str,
    shown: SubmissionView | None,
    *,
    solved: bool,
) -> list[QuestionField]:
    """The form with the answers of `source`; what can't be read in it is left empty. `shown` is the
    submission that they are from."""
    if not questions:
        return []  # the source is a program
    given = read_answers(source, [one.question for one in questions], Complaints())
    tests = {test.name: test for test in shown.tests} if shown else {}
    return [
        _field(
            one,
            reader,
            given.get(one.question.id, ""),
            tests.get(f"secret/{one.question.id}"),
            one.solution if solved else None,
        )
        for one in questions
    ]


def source_of(questions: Sequence[Question], form: FormData) -> tuple[str, ProblemError | None]:
    """The answers file of what the form holds; questions without an answer are left out, and so is
    an order that has a place twice, which is the error."""
    error = None
    answers: dict[str, Any] = {}
    for number, question in enumerate(questions, start=1):
        name = f"answer.{question.id}"
        match question.type:
            case QuestionType.SINGLE | QuestionType.NUMBER:
                value: object = str(form.get(name, "")).strip()
            case QuestionType.MULTIPLE:
                value = [str(one) for one in form.getlist(name)]
            case QuestionType.ORDER:
                value = _ordered(question, form)
                if value is None:
                    message = f"Question {number}: give each place to one item."
                    error = error or field_problem(kinds.INVALID, "source", message)
        if value:
            answers[question.id] = value
    return written(answers), error


def _ordered(question: Question, form: FormData) -> list[str] | None:
    said = {one: str(form.get(f"answer.{question.id}.{one}", "")) for one in question.options}
    if not any(said.values()):
        return []
    places = [str(place) for place in range(1, len(said) + 1)]
    if sorted(said.values()) != places:
        return None
    return sorted(said, key=lambda one: int(said[one]))


def _field(
    view: QuestionView,
    reader: ContentLanguage,
    given: str,
    test: TestView | None,
    solution: SolutionView | None,
) -> QuestionField:
    question = view.question
    chosen = given.split()
    return QuestionField(
        id=question.id,
        type=question.type,
        text=_html(view.html, reader),
        options=[
            OptionField(
                id,
                _inline(view.option_html[id], reader),
                id in chosen,
                chosen.index(id) + 1 if id in chosen else 0,
            )
            for id in question.options
        ],
        unit=reader.pick(question.unit) or "",
        given=given,
        test=test,
        message=worded(test.message, test.difference, reader) if test else "",
        solution=_told(solution, reader) if solution else None,
    )


def _told(solution: SolutionView, reader: ContentLanguage) -> SolutionText:
    return SolutionText(solution.right, _html(solution.html, reader), solution.sources)


def _html(texts: Texts, reader: ContentLanguage) -> Markup:
    # Sanitised by the renderer when the package was published.
    return Markup(reader.pick(texts) or "")  # noqa: S704


def _inline(texts: Mapping[str, str], reader: ContentLanguage) -> Markup:
    """An option stands in a label, where no paragraph may be."""
    text = (reader.pick(texts) or "").strip()
    return Markup(text.removeprefix("<p>").removesuffix("</p>"))  # noqa: S704
