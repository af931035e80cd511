"""The answers file of a quiz: YAML or JSON that maps questions to answers.

It is data: nothing in it is run, and its size is limited before it is parsed. Errors are reported
with their line.
"""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from judge.limits import KIB
from judge.problem_package.complaints import Complaints
from judge.problem_package.yaml_files import YamlFile, parse_yaml
from judge.quizzes.questions import Question, QuestionType

ANSWERS_FILE = "answers.yaml"
"""The file's name in complaints; a file that is sent over HTTP has none."""
MAX_ANSWERS_BYTES = 8 * KIB
"""Ten times what a quiz of ten questions needs. Any file of this size is parsed within a second."""
_NUMBER = re.compile(r"([-+]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?)\s*(.{0,40})")


def read_answers(
    source: str, questions: Sequence[Question], complaints: Complaints
) -> dict[str, str]:
    """The answers by the question's id, each as in an `.ans` file. Empty answers are left out; for
    one of a wrong form there is a complaint."""
    file = parse_answers(source, complaints)
    if file is None:
        return {}
    known = {question.id: question for question in questions}
    found: dict[str, str] = {}
    for id, value in file.data.items():
        line = file.line((id,))
        if id not in known:
            close = difflib.get_close_matches(id, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
            complaints.add(ANSWERS_FILE, f"there is no question `{id[:60]}`; {hint}", line)
        elif value is not None:
            try:
                found[id] = answer_of(known[id], value)
            except ValueError as error:
                complaints.add(ANSWERS_FILE, f"`{id}`: {error}", line)
    return found


def parse_answers(source: str, complaints: Complaints) -> YamlFile | None:
    """Parse an answers file without checking its values; None if it can't be parsed."""
    content = source.encode("utf-8", "surrogatepass")
    if len(content) > MAX_ANSWERS_BYTES:
        complaints.add(ANSWERS_FILE, f"larger than {MAX_ANSWERS_BYTES >> 10} KiB")
        return None
    return parse_yaml(ANSWERS_FILE, content, complaints)


def answer_of(question: Question, value: Any) -> str:
    """Turn a value of the file into an answer. Raises ValueError, which says what it must be."""
    options = ", ".join(question.options)
    match question.type:
        case QuestionType.SINGLE:
            if not isinstance(value, str) or value not in question.options:
                raise ValueError(f"must be one of {options}")
            return value
        case QuestionType.MULTIPLE:
            if not _are_options(question, value):
                raise ValueError(f"must be a list of some of {options}, each at most once")
            return " ".join(option for option in question.options if option in value)
        case QuestionType.ORDER:
            if not _are_options(question, value) or len(value) < len(question.options):
                raise ValueError(f"must be a list of all of {options}, each once, in order")
            return " ".join(value)
        case QuestionType.NUMBER:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return number(value)
            found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
            if found is None or found[2].strip() not in {"", *question.unit.values()}:
                raise ValueError(f"must be a number in {_units(question)}")
            return number(float(found[1]))


def number(value: float) -> str:
    """A number as an answer: whole ones without a fraction. Raises ValueError for one that is not
    finite."""
    try:
        exact = float(value)
    except OverflowError:
        exact = math.inf
    if not math.isfinite(exact):
        raise ValueError("must be a finite number")
    return str(int(exact)) if exact == int(exact) else repr(exact)


def template(questions: Sequence[Question], tolerances: Mapping[str, float]) -> str:
    """An answers file without answers; its comments say how to answer each question. `tolerances`
    are relative, by the question's id; 0 or none for an exact number."""
    lines = []
    for question in questions:
        options = ", ".join(question.options)
        how = {
            QuestionType.SINGLE: f"one of {options}",
            QuestionType.MULTIPLE: f"a list [...] of all that are right: {options}",
            QuestionType.ORDER: f"a list [...] of {options}, in order",
            QuestionType.NUMBER: f"a number in {_units(question)}",
        }[question.type]
        if tolerance := tolerances.get(question.id):
            how += f", at most {percent(tolerance)} % off"
        lines.append(f"{question.id}:  # {how}\n")
    return "".join(lines)


def percent(tolerance: float) -> str:
    """A relative tolerance in per cent, without zeros at the end."""
    return f"{100 * tolerance:.6g}"


def written(answers: Mapping[str, Any]) -> str:
    """An answers file with these values, a line for each question."""
    # JSON is YAML too, and quotes whatever was typed.
    return "".join(f"{id}: {json.dumps(value)}\n" for id, value in answers.items())


def _are_options(question: Question, value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(one, str) and one in question.options for one in value)
        and len(set(value)) == len(value)
        and bool(value)
    )


def _units(question: Question) -> str:
    """The unit in each language, without repetitions."""
    return " or ".join(dict.fromkeys(question.unit.values()))
