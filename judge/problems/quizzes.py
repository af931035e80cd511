"""A published quiz's questions as readers see them, each with a separate solution: a caller that
shows the solution must check first that the reader has solved the quiz.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from judge.problem_package.package import QuizQuestion
from judge.problem_package.statements import render
from judge.quizzes.questions import Question, QuestionType, Source, Texts


@dataclass(frozen=True, slots=True)
class SolutionView:
    """The right answer as in an `.ans` file, why it is right (HTML by language tag), and the
    sources for that."""

    right: str
    html: Texts
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question, with its texts also as HTML: `html` and `option_html`, by language tag. An answer
    may differ from the right number by `tolerance` times that; 0 if it must be exact."""

    question: Question
    html: Texts
    option_html: Mapping[str, Texts]
    solution: SolutionView
    tolerance: float


def stored_question(one: QuizQuestion) -> dict[str, Any]:
    """A question as JSON for a version's extras, with its texts rendered."""
    question, key = one.question, one.key
    return {
        **asdict(question),
        "html": _rendered(question.text),
        "tolerance": key.told_tolerance,
        "option_html": {id: _rendered(text) for id, text in question.options.items()},
        "solution": {
            "right": key.right,
            "html": _rendered(key.explanation),
            "sources": [asdict(source) for source in key.sources],
        },
    }


def read_questions(stored: Sequence[Mapping[str, Any]]) -> tuple[QuestionView, ...]:
    """The counterpart of `stored_question`, for all questions of a version."""
    return tuple(
        QuestionView(
            Question(
                one["id"], QuestionType(one["type"]), one["text"], one["options"], one["unit"]
            ),
            one["html"],
            one["option_html"],
            SolutionView(
                one["solution"]["right"],
                one["solution"]["html"],
                tuple(Source(**source) for source in one["solution"]["sources"]),
            ),
            # Versions that earlier releases published don't have it.
            one.get("tolerance", 0.0),
        )
        for one in stored
    )


def _rendered(texts: Texts) -> dict[str, str]:
    return {tag: render(text) for tag, text in texts.items()}
