"""Which problem and language a source file is for, by its header comment and its extension."""

import re
from pathlib import Path

from judge.languages import known_suffixes, language_of_file

HEADER_LINES = 20
_HEADER = re.compile(r"^\W*+(?:shousi[\s:]++)?problem\s*+[:=]\s*+([a-z0-9]++)\b", re.IGNORECASE)


def read_source(path: Path) -> str:
    """The file's text; raises ValueError with one line for a person."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error


def problem_in(text: str) -> str | None:
    """The slug in a header comment such as `# problem: loralinear`, if there is one."""
    for line in text.splitlines()[:HEADER_LINES]:
        if found := _HEADER.match(line):
            return found.group(1).lower()
    return None


def language_of(path: Path, kind: str) -> str:
    """By the file's extension; a Python file is `pytorch` where the problem is a torch one."""
    # `.C` is C++ where case counts; else case is not what a file's name is about.
    language = language_of_file(path.name) or language_of_file(path.name.lower())
    if language is None:
        known = " ".join(known_suffixes())
        raise ValueError(f"{path}: unknown extension (known: {known}); say --language ID")
    return "pytorch" if language == "python3" and kind == "torch" else language
