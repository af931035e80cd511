"""Find a source file's problem by its header comment, and its language by its extension."""

import re
from pathlib import Path
from typing import IO

from judge.languages import known_suffixes, language_of_file

HEADER_LINES = 20
_MOST_BYTES = 16 << 20
"""Far more than any server takes; without a limit, a wrong file could fill the memory."""
_HEADER = re.compile(r"^\W*+(?:shousi[\s:]++)?problem\s*+[:=]\s*+([a-z0-9]++)\b", re.IGNORECASE)


def read_source(path: Path) -> str:
    """Return the file's text. Raises ValueError, whose message is one line for the user."""
    try:
        with path.open("rb") as file:
            return read_text(file, str(path))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error


def read_text(file: IO[bytes], name: str) -> str:
    """Return the text of a file that was opened, its lines ending with a line feed alone.

    A byte order mark at its beginning is left out: some editors write one, and some compilers
    refuse it. Raises ValueError, and OSError from the file.
    """
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} is too long: more than {_MOST_BYTES >> 20} MiB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not UTF-8 (byte {error.start})") from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def problem_in(text: str) -> str | None:
    """Return the slug from a header comment such as `# problem: loralinear`, else None."""
    for line in text.splitlines()[:HEADER_LINES]:
        if found := _HEADER.match(line):
            return found.group(1).lower()
    return None


def source_file(place: Path, problem: str | None = None) -> Path:
    """Return `place`, or if it is a folder, the only source file in it whose header names a problem
    (`problem`, if given). Raises ValueError if no file or several do."""
    if not place.is_dir():
        return place
    try:
        files = sorted(place.iterdir())
    except OSError as error:
        raise ValueError(f"{place}: {error.strerror}") from error
    named: dict[Path, str] = {}
    for path in files:
        if not (language_of_file(path.name) or language_of_file(path.name.lower())):
            continue
        if not path.is_file():  # reading a pipe could wait for ever
            continue
        try:
            slug = problem_in(read_source(path))
        except ValueError:
            continue  # an unreadable file names no problem
        if slug and problem in {None, slug}:
            named[path] = slug
    if len(named) == 1:
        return next(iter(named))
    where = "this folder" if place == Path() else str(place)
    if named:
        listed = ", ".join(f"{path.name} ({slug})" for path, slug in named.items())
        raise ValueError(f"several files in {where} name a problem: {listed}; say which one")
    raise ValueError(
        f"no source file in {where} names {problem or 'a problem'}; write "
        f"`problem: {problem or 'SLUG'}` into a comment in its first lines, or say which file"
    )


def language_of(path: Path, kind: str) -> str:
    """Return the language of the file's extension; for Python the problem's kind decides."""
    # The exact case first, because `.C` means C++; then any case.
    language = language_of_file(path.name) or language_of_file(path.name.lower())
    if language is None:
        known = " ".join(known_suffixes())
        raise ValueError(f"{path}: unknown extension (known: {known}); say --language ID")
    return python_for(kind) if language == "python3" else language


def python_for(kind: str) -> str:
    """Return the language id of Python code for a problem of this kind."""
    return "pytorch" if kind == "torch" else "python3"
