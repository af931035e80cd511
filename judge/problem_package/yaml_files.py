"""YAML with line numbers, made into pydantic models; each complaint names its line.

ruamel's round-trip loader constructs no objects from tags and keeps where each key stood.
Duplicate keys are errors. The tree is bounded before it is copied, because aliases let a few
lines stand for billions of nodes.
"""

import datetime
import difflib
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarfloat import ScalarFloat

from judge.problem_package.complaints import Complaints

_MAX_BYTES = 1 << 18
_MAX_NODES = 20_000
_MAX_DEPTH = 16
_MOST_SHOWN = 60
_FOREIGN_VALUE = "a tag (`!...`) or type that these files don't use; give plain values"

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed mapping; `lines` has the line (from 1) of each key and item by its path, and
    `written` how each fraction is written, e.g. `1e9`."""

    path: str
    data: dict[str, Any]
    lines: Mapping[Location, int]
    written: Mapping[Location, str] = field(default_factory=dict)

    def line(self, location: Location) -> int | None:
        """The line of `location`, or of the nearest thing around it that has one."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1


def parse_yaml(path: str, content: bytes, complaints: Complaints) -> YamlFile | None:
    """Parse a file whose top must be a mapping; an empty file is an empty one."""
    text = decode_text(path, content, complaints)
    if text is None:
        return None
    # Before it is parsed, which takes long in pure Python.
    if len(content) > _MAX_BYTES:
        complaints.add(path, f"larger than {_MAX_BYTES >> 10} KiB; no YAML file needs that")
        return None
    try:
        tree = YAML(typ="rt", pure=True).load(text)
        copier = _Copier()
        data = copier.copy(tree, ())
    except (YAMLError, RecursionError, ValueError, _UnusableError) as error:
        if isinstance(error, DuplicateKeyError):
            found = re.search(r'duplicate key "(.*?)"', str(error.problem))
            name = found.group(1) if found else "?"
            message = f"the key `{name}` is given twice; keep one"
            complaints.add(path, message, error.problem_mark.line + 1)
        elif isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            message = f"not valid YAML: {error.problem or error.context}"
            complaints.add(path, message, mark.line + 1 if mark else None)
        elif isinstance(error, _UnusableError):
            complaints.add(path, str(error), error.line)
        else:
            complaints.add(path, f"not valid YAML: {type(error).__name__}")
        return None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        complaints.add(path, "the top of the file must be a mapping: lines `key: value`", 1)
        return None
    return YamlFile(path, data, copier.lines, copier.written)


def validate(file: YamlFile, model: type[Model], complaints: Complaints) -> Model | None:
    """Make a `model` of the file, or complain of every key that is wrong, once for each."""
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        faults: dict[Location, list[ErrorDetails]] = {}
        for detail in error.errors(include_url=False):
            location: Location = ()
            for part in detail["loc"]:
                # Other parts name a branch of a union, and nothing in the file.
                if (*location, part) in file.lines:
                    location = (*location, part)
            if detail["type"] == "missing":
                location = (*location, detail["loc"][-1])
            faults.setdefault(location, []).append(detail)
        for location, details in faults.items():
            # Where a value may be of several forms, it has a fault in each of them: of these,
            # complain of the deepest, which is in the form that was meant.
            if not any(
                (len(other) > len(location) and other[: len(location)] == location)
                for other in faults
            ):
                complaints.add(file.path, _describe(model, details, location), file.line(location))
        return None


def decode_text(path: str, content: bytes, complaints: Complaints) -> str | None:
    """UTF-8 without a byte-order mark or NULs, or a complaint and None."""
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        complaints.add(path, "holds a NUL character; give plain text", line)
        return None
    if content.startswith(b"\xef\xbb\xbf"):
        complaints.add(path, "starts with a byte-order mark; save it as UTF-8 without one", 1)
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        complaints.add(path, "not UTF-8; save it as UTF-8", line)
        return None


class _UnusableError(Exception):
    """YAML that parses but that we won't copy; carries the line where known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _Copier:
    """Copies ruamel's tree into plain values, noting lines."""

    def __init__(self) -> None:
        self.lines: dict[Location, int] = {}
        self.written: dict[Location, str] = {}
        self._nodes = 0

    def copy(self, node: object, at: Location) -> Any:
        # The tree is counted as it is copied: an alias is copied each time that it is used.
        self._nodes += 1
        if self._nodes > _MAX_NODES or len(at) > _MAX_DEPTH:
            raise _UnusableError(f"more than {_MAX_NODES} values, or nested over {_MAX_DEPTH} deep")
        # ruamel keeps unknown tags: the plain value alone would not be what was written.
        if isinstance(node, CommentedMap | CommentedSeq) and node.tag.value is not None:
            raise _UnusableError(_FOREIGN_VALUE, self.lines.get(at))
        if isinstance(node, CommentedMap):
            return {self._key(node, key, at): self.copy(node[key], (*at, key)) for key in node}
        if isinstance(node, CommentedSeq):
            for index in range(len(node)):
                self.lines[(*at, index)] = node.lc.item(index)[0] + 1
            return [self.copy(item, (*at, index)) for index, item in enumerate(node)]
        return self._scalar(node, at)

    def _key(self, node: CommentedMap, key: object, at: Location) -> str:
        place = node.lc.data.get(key) if node.lc.data else None
        # ruamel counts lines from 0.
        line = place[0] + 1 if place else None
        if not isinstance(key, str):
            raise _UnusableError(f"the key `{key}` is not text; put it in quotes", line)
        if line is not None:
            self.lines[(*at, key)] = line
        return str(key)

    def _scalar(self, node: object, at: Location) -> Any:
        # A boolean is an int as well, so that it comes before the plain types.
        if node is None or isinstance(node, bool | datetime.date):
            return node
        if isinstance(node, ScalarBoolean):
            return bool(node)
        if isinstance(node, ScalarFloat):
            self.written[at] = RoundTripRepresenter().represent_scalar_float(node).value
        for plain in (int, float, str):
            if isinstance(node, plain):
                return plain(node)
        raise _UnusableError(
            "a tag (`!...`) or type that these files don't use", self.lines.get(at)
        )


def _describe(model: type[BaseModel], details: list[ErrorDetails], where: Location) -> str:
    name = ".".join(str(part) for part in where)
    first = details[0]
    kind, loc = first["type"], first["loc"]
    owner = model
    for part in loc[:-1]:
        inside = owner.model_fields.get(part) if isinstance(part, str) else None
        owner = (_nested_model(inside.annotation) if inside else None) or owner
    if kind == "extra_forbidden":
        known = [one.alias or key for key, one in owner.model_fields.items()]
        # A misspelt key is the most usual mistake in these files.
        close = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"
        return f"unknown key `{name}`; {hint}"
    if kind == "missing":
        field = owner.model_fields.get(str(loc[-1]))
        right = f"; {field.description}" if field and field.description else ""
        return f"the key `{name}` is missing{right}"
    forms = dict.fromkeys(form for detail in details if (form := _wanted(detail)))
    # A fault in what a value holds says more than that it has another form.
    inner = next((detail["msg"] for detail in details if not _wanted(detail)), None)
    # Every whole number is a number: one of the two forms is enough.
    if "a number" in forms:
        forms.pop("a whole number", None)
    if inner is None:
        said = f"must be {' or '.join(forms)}, not {_shown(first['input'])}"
    else:
        said = inner.removeprefix("Value error, ")
        said = said[:1].lower() + said[1:]
    return f"`{name}`: {said}" if name else said


_FORMS = {
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a date",
    "datetime_type": "a date",
}


def _wanted(detail: ErrorDetails) -> str:
    """The form that a value should have had; empty where its form is not what is wrong."""
    if detail["type"] == "literal_error":
        return str(detail.get("ctx", {}).get("expected", ""))
    return _FORMS.get(detail["type"], "")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text[:_MOST_SHOWN]}`"


def _nested_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    found = (_nested_model(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)
