"""`shousi problem push` sends the same package that `verify` reads in the folder."""

import os
import zipfile
from pathlib import Path

import pytest

from cli.push import archive_of
from judge.errors import ShousiError
from judge.problem_package.complaints import PackageError
from judge.problem_package.load import load
from tests.unit.judge.problem_package.making import SMALL


def small(root: Path) -> Path:
    for name, text in SMALL.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def packed(folder: Path, archive: Path) -> Path:
    with archive_of(folder) as stream:
        archive.write_bytes(stream.read())
    return archive


def test_links_to_files_and_to_folders_are_sent(tmp_path: Path) -> None:
    folder = small(tmp_path / "sum")
    (folder / "data/secret/all").symlink_to("../sample")
    (folder / "data/secret/02.in").symlink_to("01-large.in")
    (folder / "data/secret/02.ans").symlink_to("01-large.ans")
    sent = load(packed(folder, tmp_path / "sent.zip"))
    assert [test.name for test in sent.tests] == [
        "sample/1",
        "secret/01-large",
        "secret/02",
        "secret/all/1",
    ]
    assert sent == load(folder)


def test_a_link_out_of_the_package_where_nothing_is_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("secret = 1\n")
    folder = small(tmp_path / "sum")
    (folder / "generators").mkdir()
    (folder / "generators/library.py").symlink_to("../../library.py")
    archive = packed(folder, tmp_path / "sent.zip")
    with zipfile.ZipFile(archive) as sent:
        assert sent.read("sum/generators/library.py") == b"../../library.py"
    assert load(archive).sha256 == load(folder).sha256


def test_a_link_that_is_refused_is_named_as_verify_names_it(tmp_path: Path) -> None:
    folder = small(tmp_path / "sum")
    (folder / "input_validators").mkdir()
    (folder / "input_validators/library.py").symlink_to("../../library.py")
    (folder / "data/secret/02.in").symlink_to("../nothing.in")
    refused = []
    for path in (folder, packed(folder, tmp_path / "sent.zip")):
        with pytest.raises(PackageError) as caught:
            load(path)
        refused.append([str(one) for one in caught.value.complaints])
    assert refused[0] == refused[1]
    assert [text.split(":")[0] for text in refused[0]] == [
        "data/secret/02.in",
        "input_validators/library.py",
    ]


def test_files_from_before_1980_are_sent(tmp_path: Path) -> None:
    folder = small(tmp_path / "sum")
    os.utime(folder / "problem.yaml", (0, 0))
    assert load(packed(folder, tmp_path / "sent.zip")) == load(folder)


def test_a_name_that_is_no_text_is_named(tmp_path: Path) -> None:
    folder = small(tmp_path / "sum")
    (folder / os.fsdecode(b"a\xff")).touch()
    with pytest.raises(ShousiError, match=r"a\\udcff': this name is not UTF-8"):
        packed(folder, tmp_path / "sum.zip")
