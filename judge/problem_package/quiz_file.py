"""`quiz.yaml`: the questions of a quiz with their keys, read and checked.

The files in `data/` have the same content for judges that know only the package format:
`data_files` makes them, and a package with other files is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

from judge.languages import ANSWERS
from judge.problem_package.alike import looks
from judge.problem_package.cases import Cases
from judge.problem_package.complaints import Complaints
from judge.problem_package.format import LanguageTag, Line, Number, Strict, YesNo
from judge.problem_package.metadata import Refusal
from judge.problem_package.package import QuizQuestion
from judge.problem_package.yaml_files import parse_yaml, validate
from judge.problem_package.yaml_tree import Location
from judge.quizzes.answers import number, template
from judge.quizzes.questions import (
    EXACT,
    Key,
    Question,
    QuestionType,
    Source,
    Texts,
    key_to_bytes,
    question_to_bytes,
)

PATH = "quiz.yaml"
_FOLDER = "data/secret/"
_MAX_UNIT_CHARS = 40
"""An answer may contain the unit: no longer one is read (`judge.quizzes.answers`)."""

LocalText = dict[
    LanguageTag, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
]
OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,7}$")]
QuestionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class ChoiceYaml(Strict):
    """A choice. A wrong one names its misconception in `why`."""

    text: LocalText
    right: YesNo = False
    why: LocalText | None = None


class SlipYaml(Strict):
    """A known wrong number, or a known wrong order."""

    value: Number | None = None
    order: list[OptionId] | None = None
    why: LocalText


class SourceYaml(Strict):
    """A source in which the answer can be looked up."""

    title: Line
    section: Line
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")] | None = None


class QuestionYaml(Strict):
    """One question; its type decides which keys it needs."""

    type: QuestionType = Field(strict=False)
    text: LocalText
    choices: dict[OptionId, ChoiceYaml] = Field(default_factory=dict)
    items: dict[OptionId, LocalText] = Field(default_factory=dict)
    order: list[OptionId] = Field(default_factory=list)
    answer: Number | None = None
    unit: Line | LocalText | None = None
    tolerance: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    slips: list[SlipYaml] = Field(default_factory=list)
    explanation: LocalText
    sources: list[SourceYaml] = Field(default_factory=list)


class QuizYaml(Strict):
    """The whole file."""

    questions: Annotated[dict[QuestionId, QuestionYaml], Field(min_length=1)]


_KEYS = {
    QuestionType.SINGLE: {"choices"},
    QuestionType.MULTIPLE: {"choices"},
    QuestionType.ORDER: {"items", "order", "slips"},
    QuestionType.NUMBER: {"answer", "unit", "tolerance", "slips"},
}
"""The keys that only some types of questions have."""


def read_quiz(
    files: Mapping[str, bytes], languages: Sequence[str], complaints: Complaints
) -> tuple[QuizQuestion, ...]:
    """The questions, sorted by name, which is the order they are asked in; empty if there is a
    complaint. `languages` are those of the problem's name."""
    if PATH not in files:
        complaints.add(PATH, "missing: a quiz has its questions there")
        return ()
    file = parse_yaml(PATH, files[PATH], complaints)
    yaml = validate(file, QuizYaml, complaints) if file else None
    if file is None or yaml is None:
        return ()
    refused = False
    for id, question in yaml.questions.items():
        for location, message in _refusals(question, set(languages)):
            where: Location = ("questions", id, *location)
            complaints.add(PATH, f"`{id}`: {message}", file.line(where))
            refused = True
    if refused:
        return ()
    return tuple(_question(id, yaml.questions[id], languages) for id in sorted(yaml.questions))


def data_files(questions: Sequence[QuizQuestion]) -> dict[str, bytes]:
    """The tests in the package format: one for each question, with an answer that the format's
    default validator can compare."""
    files: dict[str, bytes] = {}
    for one in questions:
        base = f"{_FOLDER}{one.question.id}"
        files[f"{base}.in"] = question_to_bytes(one.question)
        files[f"{base}.ans"] = f"{one.key.right}\n".encode()
        if one.key.type is QuestionType.NUMBER:
            flags = f'[float_relative_tolerance, "{one.key.tolerance:g}"]'
            files[f"{base}.yaml"] = f"output_validator_args: {flags}\n".encode()
    return files


def with_questions(
    cases: Cases,
    questions: Sequence[QuizQuestion],
    files: Mapping[str, bytes],
    complaints: Complaints,
) -> Cases:
    """The tests, with keys in place of their answers. Complains if `data/` differs from the
    questions."""
    wanted = data_files(questions)
    how = f"it must be what `{PATH}` says: shousi problem data FOLDER writes it"
    for path in sorted(wanted.keys() | {path for path in files if path.startswith("data/")}):
        if path not in wanted:
            complaints.add(path, f"a quiz has no tests but its questions; {how}")
        elif files.get(path) != wanted[path]:
            complaints.add(path, f"missing; {how}" if path not in files else how)
    known = {f"secret/{one.question.id}": one for one in questions}
    # The checker of quizzes finds tolerances in the key, and takes no arguments.
    tests = (
        replace(
            test,
            answer=key_to_bytes(asked.key),
            output=asked.key.right.encode(),
            checker_arguments=None,
        )
        for test in cases.tests
        if (asked := known.get(test.name))
    )
    return replace(cases, tests=tuple(tests), arguments=())


def _question(id: str, yaml: QuestionYaml, languages: Sequence[str]) -> QuizQuestion:
    options = {one: choice.text for one, choice in yaml.choices.items()} or yaml.items
    unit = yaml.unit or {}
    units: Texts = dict.fromkeys(languages, unit) if isinstance(unit, str) else unit
    right = " ".join(yaml.order or [one for one, choice in yaml.choices.items() if choice.right])
    why: dict[str, Texts] = {
        one: choice.why for one, choice in yaml.choices.items() if choice.why is not None
    }
    why |= {_slip(slip): slip.why for slip in yaml.slips}
    key = Key(
        type=yaml.type,
        right=right if yaml.answer is None else number(yaml.answer),
        why=why,
        tolerance=yaml.tolerance or EXACT,
        explanation=yaml.explanation,
        sources=tuple(Source(one.title, one.section, one.url or "") for one in yaml.sources),
    )
    return QuizQuestion(Question(id, yaml.type, yaml.text, options, units), key)


def _slip(slip: SlipYaml) -> str:
    return " ".join(slip.order or ()) if slip.value is None else number(slip.value)


def _refusals(yaml: QuestionYaml, languages: set[str]) -> Iterator[Refusal]:
    """What is wrong in a question, as (place, message)."""
    meant = _KEYS[yaml.type]
    for key in sorted(set().union(*_KEYS.values()) - meant):
        if key in yaml.model_fields_set:
            yield (key,), f"`{key}` is not for a question of type `{yaml.type}`"
    for location, texts in _texts(yaml):
        if isinstance(texts, dict) and set(texts) != languages:
            wanted = ", ".join(sorted(languages))
            yield location, f"must be in exactly the problem's languages: {wanted}"
        for text in [texts] if isinstance(texts, str) else (texts or {}).values():
            if not looks(text):
                yield location, "shows nothing: all of its characters are invisible"
    if not yaml.sources:
        yield (), "has no source; name under `sources` the title and section that it is written in"
    match yaml.type:
        case QuestionType.SINGLE | QuestionType.MULTIPLE:
            yield from _choice_refusals(yaml)
        case QuestionType.ORDER:
            yield from _order_refusals(yaml)
        case QuestionType.NUMBER:
            yield from _number_refusals(yaml)


def _texts(yaml: QuestionYaml) -> Iterator[tuple[Location, str | Texts | None]]:
    yield ("text",), yaml.text
    yield ("explanation",), yaml.explanation
    yield ("unit",), yaml.unit
    for id, text in yaml.items.items():
        yield ("items", id), text
    for id, choice in yaml.choices.items():
        yield ("choices", id, "text"), choice.text
        yield ("choices", id, "why"), choice.why
    for index, slip in enumerate(yaml.slips):
        yield ("slips", index, "why"), slip.why


def _choice_refusals(yaml: QuestionYaml) -> Iterator[Refusal]:
    right = [id for id, choice in yaml.choices.items() if choice.right]
    if len(yaml.choices) < 2:
        yield ("choices",), "a question has two choices at least"
    elif not right:
        yield ("choices",), "no choice is right; give one `right: true`"
    elif len(right) > 1 and yaml.type is QuestionType.SINGLE:
        yield ("choices", right[1]), "a second choice is right; the type `multiple` is for that"
    for id, choice in yaml.choices.items():
        if choice.right and choice.why:
            yield ("choices", id, "why"), "a right choice is no misconception; take `why` out"
        elif not choice.right and not choice.why:
            yield ("choices", id), f"`{id}` is wrong: say under `why` which misconception it is"
    yield from _equal(("choices",), {id: choice.text for id, choice in yaml.choices.items()})


def _order_refusals(yaml: QuestionYaml) -> Iterator[Refusal]:
    if len(yaml.items) < 2:
        yield ("items",), "there is nothing to put in order; a question has two items at least"
    named = ", ".join(yaml.items)
    if sorted(yaml.order) != sorted(yaml.items):
        yield ("order",), f"must be {named}, each once, in the right order"
    for index, slip in enumerate(yaml.slips):
        if slip.value is not None or sorted(slip.order or ()) != sorted(yaml.items):
            yield ("slips", index), f"needs an `order` of {named}, each once"
        elif slip.order == yaml.order:
            yield ("slips", index), "this order is the right one"
    yield from _equal(("items",), yaml.items)
    yield from _equal_slips(yaml)


def _number_refusals(yaml: QuestionYaml) -> Iterator[Refusal]:
    if yaml.answer is None:
        yield (), "has no `answer`; give the right number"
    if not yaml.unit:
        yield (
            (("answer",) if yaml.answer is not None else ()),
            "has no `unit`; name what is counted",
        )
    for unit in [yaml.unit] if isinstance(yaml.unit, str) else (yaml.unit or {}).values():
        if unit[0].isdigit():
            yield ("unit",), "begins with a digit; give what is counted, without a number"
        elif len(unit) > _MAX_UNIT_CHARS:
            yield ("unit",), f"is longer than {_MAX_UNIT_CHARS} characters"
    if yaml.answer == 0 and yaml.tolerance:
        yield ("tolerance",), "is relative, so it allows nothing around 0; take it out"
    for index, slip in enumerate(yaml.slips):
        if slip.value is None or slip.order is not None:
            yield ("slips", index), "needs a `value`: the wrong number"
        elif yaml.answer is not None and _within(yaml, slip.value, yaml.answer):
            yield ("slips", index), "this number is within the right one's tolerance"
    yield from _equal_slips(yaml)


def _within(yaml: QuestionYaml, one: float, other: float) -> bool:
    """Whether an answer could be within the tolerance of both numbers."""
    return abs(one - other) <= (yaml.tolerance or EXACT) * (abs(one) + abs(other))


def _equal_slips(yaml: QuestionYaml) -> Iterator[Refusal]:
    for index, slip in enumerate(yaml.slips):
        for earlier in yaml.slips[:index]:
            if _slip(slip) == _slip(earlier):
                yield ("slips", index), "the same slip is given twice; keep one"
                break
            if slip.value is None or earlier.value is None:
                continue
            if _within(yaml, slip.value, earlier.value):
                # One answer would get the lines of both.
                message = "within the tolerance this slip is the same as another one; keep one"
                yield ("slips", index), message
                break


def _equal(location: Location, texts: Mapping[str, Texts]) -> Iterator[Refusal]:
    """Two options that look the same in some language."""
    seen: dict[tuple[str, str], str] = {}
    for id, text in texts.items():
        for tag, words in text.items():
            other = seen.setdefault((tag, looks(words)), id)
            if other != id:
                yield (*location, id), f"`{id}` says the same as `{other}` in `{tag}`"
                break


def templates_of(questions: Sequence[QuizQuestion]) -> dict[str, str]:
    """The template of an answer to a quiz, by language; empty without questions."""
    tolerances = {one.question.id: one.key.told_tolerance for one in questions}
    return {ANSWERS: template([one.question for one in questions], tolerances)} if questions else {}
