"""The languages of submissions, and the suffixes of their source files.

Only a worker knows how a language is compiled and run (`worker/judging/languages.toml`).
"""

from pathlib import PurePosixPath
from typing import NamedTuple


class _Facts(NamedTuple):
    name: str
    suffixes: tuple[str, ...]


_FACTS = {
    "python3": _Facts("Python", (".py", ".py3")),
    "pytorch": _Facts("PyTorch", (".py", ".py3")),
    "c": _Facts("C", (".c",)),
    "cpp": _Facts("C++", (".cpp", ".cc", ".cxx", ".c++", ".C")),
    "java": _Facts("Java", (".java",)),
    "javascript": _Facts("JavaScript", (".js", ".mjs")),
    "rust": _Facts("Rust", (".rs",)),
    "go": _Facts("Go", (".go",)),
    "answers": _Facts("Answers", (".yaml", ".yml", ".json")),
}
LANGUAGES = {id: facts.name for id, facts in _FACTS.items()}
"""{id: name} in the order of menus; the API promises these ids. Which of them work depends on the
workers."""
ANSWERS = "answers"
"""The answers to a quiz: data in YAML or JSON, not a program."""
# PyTorch is Python with torch loaded: a file counts as Python, and the problem says which is meant.
_BY_SUFFIX = {
    suffix: language
    for language, facts in _FACTS.items()
    if language != "pytorch"
    for suffix in facts.suffixes
}


def suffixes_of(language: str) -> tuple[str, ...]:
    """The suffixes of source files in this language; empty for an unknown id."""
    facts = _FACTS.get(language)
    return facts.suffixes if facts else ()


def language_of_file(name: str) -> str | None:
    """The id of a file's language, by its suffix; None for an unknown suffix."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix)


def known_suffixes() -> list[str]:
    """Every suffix that stands for a language, sorted."""
    return sorted(_BY_SUFFIX)
