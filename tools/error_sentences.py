"""Collects the error messages that a page may show, from the code that raises them.

`judge` and `api` raise errors in English; `api.pages.error_wording` translates them into the
reader's language. A value in an f-string becomes `{0}`, `{1}`, ... in the message.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from api import error_types
from api.error_types import ErrorType

PROJECT = Path(__file__).resolve().parents[1]
# Pages show no errors of these: the JSON API, code that only answers programs, and complaints
# about a package, which are always English.
_APART = (
    "api/v1",
    "api/cursors.py",
    "api/middleware/idempotency.py",
    "judge/idempotency.py",
    "judge/problem_package",
)
# Callable -> the index of its argument that is the message.
_RAISERS = {
    "ConflictError": 0,
    "ForbiddenError": 0,
    "GoneError": 0,
    "InterviewError": 0,
    "InvalidError": 0,
    "NotFoundError": 0,
    "ProblemError": 1,
    "Rule": 1,
    "TooLongError": 0,
    "TooManyError": 0,
    "UnavailableError": 0,
    "field_problem": 2,
}
# Variables that hold a message which is too long to be written in the call.
_VARIABLES = ("message", "detail", "hint")


def error_sentences() -> set[str]:
    """Return all messages, with the titles of the error types."""
    found = {one.title for one in vars(error_types).values() if isinstance(one, ErrorType)}
    for package in ("api", "judge"):
        for path in sorted((PROJECT / package).rglob("*.py")):
            if not str(path.relative_to(PROJECT)).startswith(_APART):
                found |= set(sentences_in(path.read_text()))
    return found


def sentences_in(code: str) -> Iterator[str]:
    """Yield the messages that a module's code may raise."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args) if name in _RAISERS:
                values = args[_RAISERS[name] : _RAISERS[name] + 1]
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _VARIABLES:
                # `{key: message, ...}[key]` chooses one of several messages: yield them all.
                table = value.value if isinstance(value, ast.Subscript) else None
                values = table.values if isinstance(table, ast.Dict) else [value]
            case _:
                continue
        yield from filter(None, map(_template, values))


def _template(node: ast.expr) -> str:
    """Return the text of a string, an f-string or an error type's advice; else empty."""
    match node:
        case ast.Attribute(attr="advice", value=ast.Attribute(attr=kind)):
            return str(getattr(error_types, kind).advice)
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            pass
        case _:
            return ""
    parts, count = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{count}}}")
            count += 1
    text = "".join(parts)
    # An f-string of values alone has nothing to translate.
    return text if re.search(r"[A-Za-z]{3}", text) else ""
