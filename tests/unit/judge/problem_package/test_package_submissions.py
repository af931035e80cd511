"""What `submissions.yaml` says of a submission, and where a program starts."""

import pytest

from judge.problem_package.expectations import matches
from tests.unit.judge.problem_package.making import changed, complaints, loaded

RULES = "submissions/submissions.yaml"


@pytest.mark.parametrize(
    "authors",
    [
        "A. Author",
        "[A. Author, {name: B. Author, email: b@author.example}]",
        "{name: A. Author, orcid: 0000-0001-7414-8743}",
    ],
)
def test_an_author_may_be_a_mapping(authors: str) -> None:
    rules = f"accepted/sum.py:\n  authors: {authors}\n  sample: {{permitted: [AC]}}\n"
    package = loaded(changed({RULES: rules}))
    assert [one.tests for one in package.submissions[0].expectations] == ["", "sample"]


def test_an_author_needs_a_name() -> None:
    (complaint,) = complaints(changed({RULES: "accepted/sum.py:\n  authors: {email: a@b.c}\n"}))
    assert "the key `authors.name` is missing" in complaint


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("accepted/a*.py", "accepted/ab.py", True),
        ("accepted/a?.py", "accepted/ab.py", False),
        ("accepted/[ab].py", "accepted/a.py", False),
        ("accepted/{a,b}.py", "accepted/b.py", True),
        ("*", "accepted/b.py", True),
        ("*.py", "accepted/b.py", False),
    ],
)
def test_patterns(pattern: str, path: str, found: bool) -> None:
    assert matches(pattern, path) is found


FOLDER = {
    "submissions/accepted/two/a.txt": "no program\n",
    "submissions/accepted/two/help.py": "x = 1\n",
    "submissions/accepted/two/solve.py": "import help\n",
}


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("language: python3", "help.py"),
        ("entrypoint: solve.py", "solve.py"),
        ("entrypoint: solve", "solve.py"),
        ("{entrypoint: two/solve.py, language: python3}", "solve.py"),
    ],
)
def test_where_a_folder_starts(said: str, start: str) -> None:
    package = loaded(changed({**FOLDER, RULES: f"accepted/two: {{{said.strip('{}')}}}\n"}))
    assert [one.name for one in package.submissions] == ["sum.py", start]
    assert package.warnings == ()


def test_the_class_at_which_java_starts() -> None:
    files = {
        "submissions/accepted/java/Alpha.java": "class Alpha {}\n",
        "submissions/accepted/java/Start.java": "class Start {}\n",
        RULES: "accepted/java: {entrypoint: sums.Start}\n",
    }
    package = loaded(changed(files))
    assert [one.name for one in package.submissions] == ["sum.py", "Start.java"]
    assert package.warnings == ()


def test_an_entry_point_that_is_no_file_is_warned_of() -> None:
    package = loaded(changed({**FOLDER, RULES: "accepted/two: {entrypoint: other.py}\n"}))
    (warning,) = package.warnings
    assert "`entrypoint: other.py` is none of its files" in str(warning)


def test_a_hint_may_have_several_lines() -> None:
    yaml = "hint: |\n  Large numbers.\n  Very large ones.\n"
    package = loaded(changed({"data/secret/01-large.yaml": yaml}))
    assert package.tests[1].hint == {"en": "Large numbers.\nVery large ones."}
