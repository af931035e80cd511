"""The form of a quiz: turns questions into fields, and the sent form into an answers file.

A draft may be unfinished: an order with only some places given is stored as a mapping from items
to places. Only drafts may contain such a mapping; an answers file with one is not judged.
`static/drafts.js` writes the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from markupsafe import Markup
from starlette.datastructures import FormData

from api import error_types as kinds
from api.content_language import ContentLanguage
from api.errors import ProblemError, field_problem
from api.pages.panel import worded
from judge.problem_package.complaints import Complaints
from judge.problems.quizzes import QuestionView, SolutionView
from judge.quizzes.answers import parse_answers, percent, written
from judge.quizzes.questions import Question, QuestionType, Source, Texts
from judge.submissions.views import SubmissionView, TestView

ANSWER = "answer."
"""The prefix of the names of a quiz's form fields."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """A choice, or an item to be ordered; `place` is its place in the order from 1, 0 if none."""

    id: str
    text: Markup
    chosen: bool
    place: int


@dataclass(frozen=True, slots=True)
class SolutionText:
    """The solution of a question, shown once the reader has solved the quiz."""

    right: str
    text: Markup
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True)
class QuestionField:
    """A question of the form with the given answer. `tolerance` is in per cent, empty if the number
    must be exact. `test` is the result of the answer, `message`
    its text in the reader's language."""

    id: str
    type: QuestionType
    text: Markup
    options: Sequence[OptionField]
    unit: str
    tolerance: str
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
    """Return the form's fields, filled with the answers in `source` (an answers file or a draft);
    an answer that can't be read is left empty. `shown` is the submission of these answers."""
    if not questions:
        return []  # the problem is no quiz: `source` is a program
    file = parse_answers(source, Complaints())
    given = file.data if file else {}
    tests = {test.name: test for test in shown.tests} if shown else {}
    return [
        _field(
            one,
            reader,
            given.get(one.question.id),
            tests.get(f"secret/{one.question.id}"),
            one.solution if solved else None,
        )
        for one in questions
    ]


def source_of(questions: Sequence[Question], form: FormData) -> tuple[str, ProblemError | None]:
    """Make an answers file from the form; questions without an answer are left out. The error is
    about an order that lacks a place or has one twice; the file then holds it as a draft does."""
    error = None
    answers: dict[str, Any] = {}
    for number, question in enumerate(questions, start=1):
        name = f"{ANSWER}{question.id}"
        match question.type:
            case QuestionType.SINGLE | QuestionType.NUMBER:
                value: object = str(form.get(name, "")).strip()
            case QuestionType.MULTIPLE:
                value = [str(one) for one in form.getlist(name)]
            case QuestionType.ORDER:
                value = _ordered(question, form)
                if isinstance(value, dict) and value:
                    message = f"Question {number}: give each place to one item."
                    error = error or field_problem(kinds.INVALID, "source", message)
        if value:
            answers[question.id] = value
    return written(answers), error


def _ordered(question: Question, form: FormData) -> list[str] | dict[str, int]:
    """Return the items in order; if their places make no order, the places by item."""
    said = {one: form.get(f"{ANSWER}{question.id}.{one}") for one in question.options}
    possible = range(1, len(said) + 1)
    number_of: dict[object, int] = {str(place): place for place in possible}
    places = {one: number_of[place] for one, place in said.items() if place in number_of}
    if sorted(places.values()) == [*possible]:
        return sorted(places, key=lambda one: places[one])
    return places


def _field(
    view: QuestionView,
    reader: ContentLanguage,
    given: object,
    test: TestView | None,
    solution: SolutionView | None,
) -> QuestionField:
    """Build one question's field. `given` is its answer in a file or draft, of any type."""
    question = view.question
    chosen = given if isinstance(given, list) else [given]
    placed = given.items() if isinstance(given, dict) else zip(chosen, count(1), strict=False)
    places = {str(item): place for item, place in placed if isinstance(place, int)}
    return QuestionField(
        id=question.id,
        type=question.type,
        text=_html(view.html, reader),
        options=[
            OptionField(
                id,
                _inline(view.option_html[id], reader),
                id in chosen,
                places.get(id, 0),
            )
            for id in question.options
        ],
        unit=reader.pick(question.unit) or "",
        tolerance=percent(view.tolerance) if view.tolerance else "",
        given=str(given) if isinstance(given, str | int | float) else "",
        test=test,
        message=worded(test.message, test.difference, reader) if test else "",
        solution=SolutionText(solution.right, _html(solution.html, reader), solution.sources)
        if solution
        else None,
    )


def _html(texts: Texts, reader: ContentLanguage) -> Markup:
    # The renderer sanitised these texts when the package was published.
    return Markup(reader.pick(texts) or "")  # noqa: S704


def _inline(texts: Mapping[str, str], reader: ContentLanguage) -> Markup:
    """Return an option's HTML without its <p>, which a <label> may not contain."""
    text = (reader.pick(texts) or "").strip()
    return Markup(text.removeprefix("<p>").removesuffix("</p>"))  # noqa: S704
