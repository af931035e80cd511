"""One table says which file is in which language, for the CLI, packages and workers alike."""

from pathlib import Path
from typing import get_args

import pytest

from judge.languages import ANSWERS, LANGUAGES, known_suffixes, language_of_file, suffixes_of
from judge.problem_package.side_files import LanguageId

ROOT = Path(__file__).parents[3]


def test_every_language_has_suffixes_and_packages_name_the_same_ones() -> None:
    assert all(suffixes_of(language) for language in LANGUAGES)
    assert get_args(LanguageId) == tuple(LANGUAGES)


def test_documents_list_every_language() -> None:
    programs = [language for language in LANGUAGES if language != ANSWERS]
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "wrong_verdict.yml").read_text()
    assert f"[{', '.join(programs)}]" in form
    listed = " ".join(language for language in programs if language != "pytorch")
    assert f"`{listed}`" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("suffix", known_suffixes())
def test_a_suffix_says_one_language_which_has_it(suffix: str) -> None:
    language = language_of_file(f"folder/some.name{suffix}")
    assert language is not None
    assert suffix in suffixes_of(language)


@pytest.mark.parametrize("name", ["README", "a.txt", "a.PY", ".py", "a."])
def test_other_files_are_in_no_language(name: str) -> None:
    assert language_of_file(name) is None
