"""The files that are written into a compiler's folder, and those that are collected from it."""

import os
from pathlib import Path

import pytest

from runner.programs import collect, write_files


def _files(**files: bytes) -> dict[str, bytes]:
    return {name.replace("__", "/"): files[name] for name in files}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_files_and_their_folders_are_made(tmp_path: Path) -> None:
    write_files(_files(a=b"1", d__e__f=b"2", d__g=b"3"), str(tmp_path), None, 0o644)
    assert (tmp_path / "d" / "e" / "f").read_bytes() == b"2"
    assert (tmp_path / "d" / "g").read_bytes() == b"3"


def test_files_are_made_through_a_descriptor(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    write_files(_files(a=b"1", d__e=b"2"), "/no/such/folder", fd, 0o755)
    os.close(fd)
    assert os.access(tmp_path / "d" / "e", os.X_OK)


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_a_name_must_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="inside the folder"):
        write_files({name: b""}, str(tmp_path), None, 0o644)


def test_only_regular_files_that_match_come_back(tmp_path: Path) -> None:
    (tmp_path / "main").write_bytes(b"m")
    (tmp_path / "other").write_bytes(b"o")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "A.class").write_bytes(b"a")
    (tmp_path / "B.class").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "C.class")
    assert collect(("main", "*.class"), 100) == {"main": b"m", "p/A.class": b"a"}


def test_the_sizes_are_added_up(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"x" * 6)
    assert len(collect(("*",), 12)) == 2
    with pytest.raises(ValueError, match="larger than 11 bytes"):
        collect(("*",), 11)


def test_a_giant_with_nothing_in_it_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "giant").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ValueError, match="larger"):
        collect(("giant",), 1 << 26)
