"""Finds the class of a compiled Java program that has to be started, from its class files.

In the source only a Java parser could find it: comments, strings and inner classes would mislead a
text search. The compiler has parsed the source, and a class file lists its methods (The Java
Virtual Machine Specification, chapter 4).

The files come from a jail in which an untrusted source was compiled, so they are only data: a file
that isn't a class file is skipped.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judge.differences import Difference, Reason
from judge.wording import word

_MAGIC = 0xCAFEBABE
_UTF8, _CLASS = 1, 7
_TWO_SLOTS = (5, 6)  # long and double
# The bytes of each other kind of constant, by its tag (section 4.4).
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4,
          18: 4, 19: 2, 20: 2}  # fmt: skip
_PUBLIC_STATIC = 0x0001 | 0x0008
# `main` with one argument, an array of strings, and no result.
_MAIN = ("main", "([Ljava/lang/String;)V")
_MOST_NAMED = 10
USUAL_CLASS = "Main"


@dataclass(frozen=True, slots=True)
class _Class:
    """A class: its name and its parent's, with slashes, and whether it has a `main` itself."""

    name: str
    parent: str
    has_main: bool


class NoMainError(Exception):
    """There is no class to start, or there are several; `difference` tells the user what to do."""

    def __init__(self, reason: Reason, names: Iterable[str]) -> None:
        listed = [_dotted(name) for name in names]
        values = {"names": listed[:_MOST_NAMED]} if listed else {}
        self.difference = Difference(reason, values)
        super().__init__(word(self.difference))


def class_to_start(files: Iterable[bytes], source: str) -> str:
    """Return the class to pass to `java`: `Main`, else the class with the name of the file
    `source`, else the only one with `public static void main(String[])`. Raises NoMainError."""
    found = (_parsed(content) for content in files)
    classes = {one.name: one for one in found if one is not None}
    able = [name for name in sorted(classes) if _can_start(classes, name)]
    for wanted in (USUAL_CLASS, source):
        packaged = [name for name in able if name.rpartition("/")[2] == wanted]
        same = [wanted] if wanted in able else packaged
        if len(same) == 1:
            return _dotted(same[0])
    if len(able) == 1:
        return _dotted(able[0])
    if able:
        raise NoMainError(Reason.MAIN_CLASSES, able)
    raise NoMainError(Reason.NO_MAIN_CLASS, sorted(classes))


def _dotted(name: str) -> str:
    return name.replace("/", ".")


def _can_start(classes: Mapping[str, _Class], name: str) -> bool:
    """Whether a class has a `main`, its own or an inherited one."""
    # A forged class may name itself as its parent, or several may form a cycle.
    seen = set()
    while name in classes and name not in seen:
        if classes[name].has_main:
            return True
        seen.add(name)
        name = classes[name].parent
    return False


def _parsed(data: bytes) -> _Class | None:
    reader = _Reader(data)
    try:
        if reader.number(4) != _MAGIC:
            return None
        reader.skip(4)  # the format's version
        texts, references = _constants(reader)
        reader.skip(2)  # the class's own flags
        name, parent = reader.number(), reader.number()
        reader.skip(2 * reader.number())  # interfaces
        _members(reader, texts)  # fields
        has_main = any(
            flags & _PUBLIC_STATIC == _PUBLIC_STATIC and method == _MAIN
            for flags, method in _members(reader, texts)
        )
        # The parent of java.lang.Object is 0, which is no constant.
        return _Class(texts[references[name]], texts.get(references.get(parent, 0), ""), has_main)
    except (struct.error, LookupError, TypeError, ValueError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, size: int) -> None:
        self._at += size

    def number(self, size: int = 2) -> int:
        """Read an unsigned number of `size` bytes; raises struct.error past the end."""
        (value,) = struct.unpack_from({1: ">B", 2: ">H", 4: ">I"}[size], self._data, self._at)
        self._at += size
        return int(value)

    def text(self) -> str:
        size = self.number()
        self._at += size
        return self._data[self._at - size : self._at].decode("utf-8", "replace")


def _constants(reader: _Reader) -> tuple[dict[int, str], dict[int, int]]:
    """Return the constant pool's texts by index, and its classes with the index of their name."""
    texts: dict[int, str] = {}
    references: dict[int, int] = {}
    index, end = 1, reader.number()
    while index < end:
        tag = reader.number(1)
        if tag == _UTF8:
            texts[index] = reader.text()
        elif tag == _CLASS:
            references[index] = reader.number()
        else:
            reader.skip(_SIZES[tag])
        # A long or a double takes two places in the pool (section 4.4.5).
        index += 2 if tag in _TWO_SLOTS else 1
    return texts, references


def _members(reader: _Reader, texts: Mapping[int, str]) -> list[tuple[int, tuple[str, str]]]:
    """Return fields or methods: each one's flags, and its name and type."""
    members = []
    for _ in range(reader.number()):
        flags, name, kind = reader.number(), reader.number(), reader.number()
        for _ in range(reader.number()):  # attributes
            reader.skip(2)
            reader.skip(reader.number(4))
        members.append((flags, (texts[name], texts[kind])))
    return members
