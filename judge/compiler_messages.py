"""Parses compilers' output: the file, line and column of each error, and its message.

It knows the formats of gcc, g++, javac and go (`file:line:column: error: text`), rustc (the text,
then `--> file:line:column`), Node.js (`file:line`, then `SyntaxError: text`) and Python
(`File "file", line 3`, then `SyntaxError: text`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

MOST_ERRORS = 50
"""Later errors usually follow from earlier ones."""
# At most six digits: a longer number is no line, and Python refuses to read a very long one.
_NUMBER = r"[0-9]{1,6}+(?![0-9])"
# How far after a place (characters) its error is searched for: this bounds the time it takes.
_LONGEST_QUOTE = 2000
_PLACE = re.compile(
    rf'^(?:[ ]*+File "(?P<python>[^"\n]{{1,200}})", line (?P<python_line>{_NUMBER})'
    rf"|(?P<arrow>[ ]*+--> )?(?P<file>[\w./+-]{{1,200}}+):(?P<line>{_NUMBER})"
    rf"(?::(?P<column>{_NUMBER}))?)",
    re.MULTILINE,
)
_NAMED_ERROR = re.compile(r"^\w{0,60}Error\b.*$", re.MULTILINE)
_ERROR = re.compile(r"(?:fatal )?error(?:\[\w{1,10}\])?: ")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source that a compiler names, from `start` to `end` in its output. Lines and
    columns count from 1; not every compiler gives a column. `message` says what is wrong there; it
    is empty for a note or a warning."""

    start: int
    end: int
    file: str
    line: int
    column: int | None
    message: str


def places(output: str) -> Iterator[Place]:
    """The places in a compiler's output, in their order."""
    for found in _PLACE.finditer(output):
        file, line = (found["python"], found["python_line"]) if found["python"] else (
            found["file"], found["line"],
        )  # fmt: skip
        # The arrow itself is no part of the place.
        start = found.start() if found["python"] else found.start("file")
        yield Place(
            start,
            found.end(),
            # The folder in which a jail compiles, which the source's author doesn't know.
            file.removeprefix("/box/").removeprefix("./"),
            int(line),
            int(found["column"]) if found["column"] else None,
            _said_before(output, start) if found["arrow"] else _said_after(output, found.end()),
        )


def compile_errors(output: str) -> tuple[Place, ...]:
    """The errors, without warnings and notes, in the compiler's order."""
    return tuple(islice((place for place in places(output) if place.message), MOST_ERRORS))


def _said_before(output: str, start: int) -> str:
    """The error in the line before a place; empty if there is none."""
    end = max(0, output.rfind("\n", 0, start))
    line = output[output.rfind("\n", 0, end) + 1 : end].strip()
    error = _ERROR.match(line)
    return line[error.end() :] if error else ""


def _said_after(output: str, place_end: int) -> str:
    """The error after a place; empty if there is none."""
    line_end = output.find("\n", place_end)
    line_end = len(output) if line_end < 0 else line_end
    rest = output[place_end:line_end]
    # Python and Node.js repeat the line, point into it, and then say what is wrong.
    if not rest.strip(": "):
        later = _NAMED_ERROR.search(output, line_end, line_end + _LONGEST_QUOTE)
        return later[0].strip() if later else ""
    said = rest.removeprefix(":").strip()
    # Every compiler but go names a severity; go has errors only.
    if said.startswith(("note:", "warning:")) or not rest.startswith(":"):
        return ""
    return _ERROR.sub("", said, count=1)
