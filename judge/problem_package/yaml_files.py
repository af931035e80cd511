"""YAML with line numbers, read into pydantic models; each complaint names its line.

Valid YAML of a kind that these files don't use is refused too
(`judge.problem_package.yaml_tree`).
"""

import difflib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from judge.problem_package.complaints import Complaints, shown
from judge.problem_package.yaml_tree import Location, UnusableError, read_tree

_MAX_BYTES = 1 << 18

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed mapping; `lines` has the line (from 1) of each key and item by its path."""

    path: str
    data: dict[str, Any]
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int | None:
        """The line of `location`, or of the nearest value around it that has one."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1


def parse_yaml(path: str, content: bytes, complaints: Complaints) -> YamlFile | None:
    """Parse a file whose top must be a mapping; an empty file gives an empty mapping."""
    text = decode_text(path, content, complaints)
    if text is None:
        return None
    if len(content) > _MAX_BYTES:
        complaints.add(path, f"larger than {_MAX_BYTES >> 10} KiB; no YAML file needs that")
        return None
    try:
        tree = read_tree(text)
    except UnusableError as error:
        complaints.add(path, str(error), error.line)
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        complaints.add(path, message, mark.line + 1 if mark else None)
        return None
    except YAMLError as error:
        complaints.add(path, f"not valid YAML: {type(error).__name__}")
        return None
    data = {} if tree.data is None else tree.data
    if not isinstance(data, dict):
        complaints.add(path, "the top of the file must be a mapping: lines `key: value`", 1)
        return None
    return YamlFile(path, data, tree.lines)


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The version of the format that a file is of, and another one with its model there:
    a key of that one was not misspelt."""

    this: str
    other: str
    model: type[BaseModel]


def validate(
    file: YamlFile, model: type[Model], complaints: Complaints, version: OtherVersion | None = None
) -> Model | None:
    """Build a `model` from the file, or complain of every wrong key, once for each."""
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        faults: dict[Location, list[ErrorDetails]] = {}
        for detail in error.errors(include_url=False):
            location: Location = ()
            for part in detail["loc"]:
                # Other parts name a branch of a union, not a place in the file.
                if (*location, part) in file.lines:
                    location = (*location, part)
            if detail["type"] == "missing":
                location = (*location, detail["loc"][-1])
            faults.setdefault(location, []).append(detail)
        for location, details in faults.items():
            # A value that may have several forms has a fault in each of them. Complain of the
            # deepest fault, which is in the form that the author meant.
            if not any(
                (len(other) > len(location) and other[: len(location)] == location)
                for other in faults
            ):
                message = _of_other(version, details[0]) or _describe(model, details, location)
                complaints.add(file.path, message, file.line(location))
        return None


def decode_text(path: str, content: bytes, complaints: Complaints) -> str | None:
    """Decode UTF-8 without a byte-order mark or NULs, or complain and return None."""
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


def _of_other(version: OtherVersion | None, detail: ErrorDetails) -> str | None:
    """What to say of an unknown key that the other version has; else None."""
    if version is None or detail["type"] != "extra_forbidden":
        return None
    owner: type[BaseModel] | None = version.model
    *outer, key = map(str, detail["loc"])
    for part in outer:
        inside = owner.model_fields.get(part) if owner else None
        owner = _nested_model(inside.annotation) if inside else None
    if owner is None or key not in owner.model_fields:
        return None
    name = ".".join((*outer, key))
    return (
        f"version {version.this} has no key `{name}`, version {version.other} has; take it out, "
        "or change `problem_format_version`"
    )


def _describe(model: type[BaseModel], details: list[ErrorDetails], where: Location) -> str:
    name = ".".join(shown(str(part)) for part in where)
    first = details[0]
    kind, loc = first["type"], first["loc"]
    owner = model
    for part in loc[:-1]:
        inside = owner.model_fields.get(part) if isinstance(part, str) else None
        owner = (_nested_model(inside.annotation) if inside else None) or owner
    if kind == "extra_forbidden":
        known = [one.alias or key for key, one in owner.model_fields.items()]
        # A misspelt key is the most frequent mistake in these files.
        close = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"
        return f"unknown key `{name}`; {hint}"
    if kind == "missing":
        field = owner.model_fields.get(str(loc[-1]))
        right = f"; {field.description}" if field and field.description else ""
        return f"the key `{name}` is missing{right}"
    forms = dict.fromkeys(form for detail in details if (form := _wanted(detail)))
    # A fault inside a value says more than that the value has another form.
    inner = next((detail["msg"] for detail in details if not _wanted(detail)), None)
    # Every whole number is a number, so "a number" is enough.
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
    """The form that a value should have; empty if its form is not what is wrong."""
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
    return f"`{shown(text)}`"


def _nested_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    found = (_nested_model(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)
