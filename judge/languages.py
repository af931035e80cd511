"""The languages of submissions, and the suffixes of their source files.

Only a worker knows how a language is compiled and run (`worker/judging/languages.toml`).
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
"""{id: name} in the order of menus; the API promises these ids. Which of them work depends on the
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
"""The answers to a quiz: data in YAML or JSON, not a program."""
# PyTorch is Python with torch loaded: a file counts as Python, and the problem says which is meant.
_BY_SUFFIX = {
    suffix: language
    for language, suffixes in _SUFFIXES.items()
    if language != "pytorch"
    for suffix in suffixes
}


def suffixes_of(language: str) -> tuple[str, ...]:
    """The suffixes of source files in this language; empty for an unknown id."""
    return _SUFFIXES.get(language, ())


def language_of_file(name: str) -> str | None:
    """The id of a file's language, by its suffix; None for an unknown suffix."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix)


def known_suffixes() -> list[str]:
    """Every suffix that stands for a language, sorted."""
    return sorted(_BY_SUFFIX)
