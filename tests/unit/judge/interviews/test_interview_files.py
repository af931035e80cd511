"""Interviews' files: errors are reported by file and line, and the bundled interviews are valid."""

from pathlib import Path

import pytest

from judge.db.session import Database
from judge.interviews.catalogue import install_interviews, list_interviews
from judge.interviews.files import read_interview
from judge.problem_package.complaints import PackageError
from judge.settings import PROJECT
from tests.support.content import add_problem

SOUND = """\
title: {en: Two rounds}
description: {en: One after the other.}
rounds:
  - title: {en: First}
    minutes: 10
    tasks: [sum]
  - title: {en: Second}
    minutes: 20
    tasks:
      - product
"""


def complaints(folder: Path, text: str, name: str = "two-rounds.yaml") -> list[str]:
    (folder / name).write_text(text)
    with pytest.raises(PackageError) as refused:
        read_interview(folder / name, {"sum", "product"})
    return [str(one) for one in refused.value.complaints]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("- product", "- quotient", "two-rounds.yaml:10: there is no problem `quotient`"),
        ("- product", "- sum", "two-rounds.yaml:10: `sum` is a task already; keep one"),
        ("minutes: 20", "minutes: 0", "two-rounds.yaml:8: `rounds.1.minutes`: "),
        ("minutes: 20", "minuts: 20", "two-rounds.yaml:8: unknown key `rounds.1.minuts`; did you"),
        ("tasks: [sum]", "tasks: []", "two-rounds.yaml:6: `rounds.0.tasks`: "),
        ("title: {en: Two rounds}", "title: Two", "two-rounds.yaml:1: `title`: must be a mapping"),
        ("rounds:", "rounds: [", "two-rounds.yaml:4: not valid YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    assert any(one.startswith(told) for one in complaints(tmp_path, SOUND.replace(was, becomes)))


def test_a_name_stands_in_addresses(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, SOUND, "Two_Rounds.yaml")
    assert told.startswith("Two_Rounds.yaml: the file's name must be of a-z")


def test_files_are_installed_kept_and_withdrawn(db: Database, tmp_path: Path) -> None:
    add_problem(db, "sum")
    add_problem(db, "product")
    file = tmp_path / "two-rounds.yaml"
    file.write_text(SOUND)
    assert install_interviews(db, tmp_path) == {}
    (plan,) = list_interviews(db)
    assert (plan.name, plan.minutes, plan.lacking) == ("two-rounds", 30, ())
    assert [one.tasks for one in plan.rounds] == [("sum",), ("product",)]
    # A broken file leaves the stored version as it is.
    file.write_text(SOUND.replace("product", "quotient"))
    assert list(install_interviews(db, tmp_path)) == ["two-rounds"]
    assert list_interviews(db) == [plan]
    file.unlink()
    assert install_interviews(db, tmp_path) == {}
    assert list_interviews(db) == []
    file.write_text(SOUND.replace("minutes: 20", "minutes: 25"))
    assert install_interviews(db, tmp_path) == {}
    assert [one.minutes for one in list_interviews(db)] == [35]


def test_those_that_come_along_are_sound() -> None:
    known = {path.parent.name for path in (PROJECT / "problems").glob("*/problem.yaml")}
    found = [read_interview(path, known) for path in sorted((PROJECT / "interviews").iterdir())]
    assert [one.name for one in found] == ["language-models", "multimodal-notes", "vision-language"]
    for one in found:
        texts = (one.yaml.title, one.yaml.description, *(each.title for each in one.yaml.rounds))
        assert all(set(text) == {"en", "zh"} for text in texts), one.name
