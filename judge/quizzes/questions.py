"""A quiz's questions in two parts: what is asked, which everybody may read, and the key, which the
judge keeps until the quiz is solved.

An answer is the text in the `.ans` file of the package format: `b`, `a c`, `4096`.
Every text for people is by language tag.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

Texts = Mapping[str, str]
EXACT = 1e-9
"""The tolerance if the author gives none: room for the rounding of floating point."""


class QuestionType(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    """With one of the options."""
    MULTIPLE = "multiple"
    """With all options that are right."""
    NUMBER = "number"
    """With a number, in the question's unit."""
    ORDER = "order"
    """With all options, in the right order."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `text` is Markdown; `options` are by id, in the order in which they are shown.
    They are empty for a number, which is the only type with a `unit`."""

    id: str
    type: QuestionType
    text: Texts
    options: Mapping[str, Texts] = field(default_factory=dict)
    unit: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answer can be looked up."""

    title: str
    section: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The right answer to a question, and the known wrong ones.

    `why` names the misconception behind a wrong answer: by the option's id, or by the whole answer
    for a number or an order. `tolerance` is relative to the right number.
    """

    type: QuestionType
    right: str
    why: Mapping[str, Texts]
    tolerance: float
    explanation: Texts
    sources: tuple[Source, ...]

    @property
    def told_tolerance(self) -> float:
        """The tolerance that the question tells; 0 if the answer must be exact."""
        return self.tolerance if self.tolerance > EXACT else 0.0


def question_to_bytes(question: Question) -> bytes:
    """The `.in` file of a question: JSON, indented for people."""
    stored = {name: value for name, value in asdict(question).items() if value}
    return (json.dumps(stored, ensure_ascii=False, indent=1) + "\n").encode()


def question_from_bytes(stored: bytes) -> Question:
    """The counterpart of `question_to_bytes`."""
    values: dict[str, Any] = json.loads(stored)
    return Question(**{**values, "type": QuestionType(values["type"])})


def key_to_bytes(key: Key) -> bytes:
    """A key as JSON."""
    return json.dumps(asdict(key), ensure_ascii=False).encode()


def key_from_bytes(stored: bytes) -> Key:
    """The counterpart of `key_to_bytes`. Raises ValueError if `stored` is no key."""
    values: dict[str, Any] = json.loads(stored)
    try:
        sources = tuple(Source(**one) for one in values["sources"])
        return Key(**{**values, "type": QuestionType(values["type"]), "sources": sources})
    except (KeyError, TypeError) as error:
        raise ValueError(f"no key of a question: {error}") from error
