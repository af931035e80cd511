"""One table says which file is in which language, for the CLI, packages and workers alike."""

from typing import get_args

import pytest

from judge.languages import LANGUAGES, known_suffixes, language_of_file, suffixes_of
from judge.problem_package.side_files import LanguageId


def test_every_language_has_suffixes_and_packages_name_the_same_ones() -> None:
    assert all(suffixes_of(language) for language in LANGUAGES)
    assert get_args(LanguageId) == tuple(LANGUAGES)


@pytest.mark.parametrize("suffix", known_suffixes())
def test_a_suffix_says_one_language_which_has_it(suffix: str) -> None:
    language = language_of_file(f"folder/some.name{suffix}")
    assert language is not None
    assert suffix in suffixes_of(language)


@pytest.mark.parametrize("name", ["README", "a.txt", "a.PY", ".py", "a."])
def test_other_files_are_in_no_language(name: str) -> None:
    assert language_of_file(name) is None
