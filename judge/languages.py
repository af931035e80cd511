"""The languages of submissions, and how their source files are called.

How a language is compiled and run only a worker knows (`worker/judging/languages.toml`).
"""

from pathlib import PurePosixPath

LANGUAGES = {
    "python3": "Python",
    "pytorch": "PyTorch",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
    "javascript": "JavaScript",
    "rust": "Rust",
    "go": "Go",
    "answers": "Answers",
}
"""Id and name, in the order of menus: what the API promises. What of it works depends on the
workers."""

_SUFFIXES = {
    "python3": (".py", ".py3"),
    "pytorch": (".py", ".py3"),
    "c": (".c",),
    "cpp": (".cpp", ".cc", ".cxx", ".c++", ".C"),
    "java": (".java",),
    "javascript": (".js", ".mjs"),
    "rust": (".rs",),
    "go": (".go",),
    "answers": (".yaml", ".yml", ".json"),
}
ANSWERS = "answers"
"""The answers to a quiz: data in YAML or JSON, and no program."""
# PyTorch is Python with torch loaded: a file is in Python, and the problem says which is meant.
_BY_SUFFIX = {
    suffix: language
    for language, suffixes in _SUFFIXES.items()
    if language != "pytorch"
    for suffix in suffixes
}


def suffixes_of(language: str) -> tuple[str, ...]:
    """How the source files of the language with this id end; empty for an unknown id."""
    return _SUFFIXES.get(language, ())


def language_of_file(name: str) -> str | None:
    """The id of the language that a file is written in, by its suffix; None for no language."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix)


def known_suffixes() -> list[str]:
    """Every suffix that says a language, sorted."""
    return sorted(_BY_SUFFIX)
