"""YAML text as plain values, and the line of each key and item.

The text is read event by event, by libyaml if ruamel has it: a tree that is too large or too deep
is refused before it is built, and no tag creates an object. Plain words have the meaning of YAML
1.2's core schema: `yes` is text. Dates are text, too. Numbers remember how they were written, since
`name: 2048` means the text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.composer import ComposerError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import ScalarNode

from judge.problem_package.complaints import shown

_MAX_NODES = 20_000
_MAX_DEPTH = 16
_TAG = "tag:yaml.org,2002:"

Location = tuple[str | int, ...]


class UnusableError(Exception):
    """Valid YAML that these files don't use; has the line if it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class WrittenInt(int):
    """A whole number, and how it was written."""

    text: str


class WrittenFloat(float):
    """A number with a fraction or an exponent, and how it was written, e.g. `1e9`."""

    text: str


@dataclass(slots=True)
class Tree:
    """The values of a document; `lines` has the line (from 1) of each key and item by its path."""

    data: Any
    lines: dict[Location, int] = field(default_factory=dict)


def read_tree(text: str) -> Tree:
    """Read the only document in `text`; an empty one has the value None.

    Raises ruamel's YAMLError if it is not valid YAML, and UnusableError.
    """
    try:
        return _read(YAML(typ="safe"), text)
    except MarkedYAMLError:
        # libyaml refuses some of YAML 1.2, e.g. `[a:b]`; ruamel's own parser is much slower.
        return _read(YAML(typ="safe", pure=True), text)


def _read(parser: YAML, text: str) -> Tree:
    events = parser.parse(text)
    next(events)
    if isinstance(next(events), StreamEndEvent):
        return Tree(None)
    root = _Composer(events).compose(next(events), 0)
    next(events)
    if isinstance(another := next(events), DocumentStartEvent):
        raise ComposerError(problem="a second document", problem_mark=another.start_mark)
    copier = _Copier()
    copier.tree.data = copier.copy(root, ())
    return copier.tree


@dataclass(slots=True)
class _Node:
    """A value as written; an alias is the same node as the value that it names."""

    event: Any  # one of ruamel's, whose attributes are not typed
    items: list["_Node"] = field(default_factory=list)
    pairs: list[tuple["_Node", "_Node"]] = field(default_factory=list)

    @property
    def line(self) -> int:
        # ruamel counts lines from 0.
        return int(self.event.start_mark.line) + 1


class _Composer:
    """Builds nodes from events. Without a bound libyaml takes minutes for 100,000 brackets."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._nodes = 0

    def compose(self, event: Any, depth: int) -> _Node:
        self._nodes += 1
        _bound(self._nodes, depth)
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                problem = f"nothing is marked `&{shown(event.anchor)}`"
                raise ComposerError(problem=problem, problem_mark=event.start_mark)
            return self._anchors[event.anchor]
        node = _Node(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if isinstance(event, SequenceStartEvent):
            while not isinstance(following := next(self._events), SequenceEndEvent):
                node.items.append(self.compose(following, depth + 1))
        elif isinstance(event, MappingStartEvent):
            while not isinstance(following := next(self._events), MappingEndEvent):
                key = self.compose(following, depth + 1)
                node.pairs.append((key, self.compose(next(self._events), depth + 1)))
        return node


class _Copier:
    """Builds plain values from nodes, and notes lines. It counts the nodes again: an alias is
    copied each time it is used, so a few lines may stand for billions."""

    def __init__(self) -> None:
        self.tree = Tree(None)
        self._nodes = 0
        # Not for parsing: its resolver knows what plain words mean.
        yaml = YAML(typ="safe", pure=True)
        self._resolve = yaml.resolver.resolve
        made = yaml.constructor
        self._makers: dict[str, Callable[[ScalarNode], Any]] = {
            "str": lambda node: node.value,
            "null": lambda node: None,  # noqa: ARG005
            "bool": made.construct_yaml_bool,
            "int": lambda node: _written(WrittenInt(made.construct_yaml_int(node)), node),
            "float": lambda node: _written(WrittenFloat(made.construct_yaml_float(node)), node),
            "timestamp": lambda node: node.value,
        }

    def copy(self, node: _Node, at: Location) -> Any:
        self._nodes += 1
        _bound(self._nodes, len(at))
        if isinstance(node.event, MappingStartEvent):
            _refuse_tag(node, "map")
            pairs = self._pairs(node, len(at))
            self.tree.lines.update({(*at, key): line for key, (line, _) in pairs.items()})
            return {key: self.copy(value, (*at, key)) for key, (_, value) in pairs.items()}
        if isinstance(node.event, SequenceStartEvent):
            _refuse_tag(node, "seq")
            self.tree.lines.update({(*at, i): one.line for i, one in enumerate(node.items)})
            return [self.copy(one, (*at, i)) for i, one in enumerate(node.items)]
        return self._scalar(node)[1]

    def _pairs(self, node: _Node, depth: int) -> dict[str, tuple[int, _Node]]:
        """Each key's line and value. A mapping's own keys override those that it merges (`<<`), and
        of several merged mappings the first one wins."""
        merged: dict[str, tuple[int, _Node]] = {}
        own: dict[str, tuple[int, _Node]] = {}
        for key, value in node.pairs:
            if not isinstance(key.event, ScalarEvent):
                raise UnusableError("a key is not text; write it as plain text", key.line)
            if key.event.value == "<<" and key.event.implicit[0]:
                for other in value.items or [value]:
                    self._nodes += 1
                    _bound(self._nodes, depth)
                    if not isinstance(other.event, MappingStartEvent):
                        raise UnusableError("`<<` can merge mappings only", key.line)
                    merged = self._pairs(other, depth + 1) | merged
                continue
            kind, name = self._scalar(key)
            if kind != "str":
                message = f"the key `{shown(key.event.value)}` is not text; put it in quotes"
                raise UnusableError(message, key.line)
            if name in own:
                message = f"the key `{shown(name)}` is given twice; keep one"
                raise UnusableError(message, key.line)
            own[name] = (key.line, value)
        return merged | own

    def _scalar(self, node: _Node) -> tuple[str, Any]:
        """The value's type, by its tag or its look, and the value."""
        event = node.event
        # Written as an escape; PostgreSQL can't query JSON that has one.
        if "\0" in event.value:
            raise UnusableError("holds a NUL character; give plain text", node.line)
        tag = event.tag
        if tag in (None, "!"):
            tag = self._resolve(ScalarNode, event.value, event.implicit)
        kind = str(tag).removeprefix(_TAG)
        if kind not in self._makers:
            raise _foreign(node)
        try:
            return kind, self._makers[kind](ScalarNode(str(tag), event.value))
        except (ValueError, KeyError) as error:
            raise UnusableError(f"`{shown(event.value)}` is not a number", node.line) from error


_Number = TypeVar("_Number", WrittenInt, WrittenFloat)


def _written(number: _Number, node: ScalarNode) -> _Number:
    number.text = node.value
    return number


def _bound(nodes: int, depth: int) -> None:
    if nodes > _MAX_NODES or depth > _MAX_DEPTH:
        raise UnusableError(f"more than {_MAX_NODES} values, or nested over {_MAX_DEPTH} deep")


def _refuse_tag(node: _Node, kind: str) -> None:
    if node.event.tag not in (None, "!", _TAG + kind):
        raise _foreign(node)


def _foreign(node: _Node) -> UnusableError:
    return UnusableError(
        "a tag (`!...`) or type that these files don't use; give plain values", node.line
    )
