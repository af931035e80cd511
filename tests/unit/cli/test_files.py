"""Files are written whole, or stay as they were."""

import os
import threading
from pathlib import Path

import pytest

from cli.files import make_folder, write_whole, written_whole
from judge.errors import ShousiError


def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    file.write_text("old")
    with pytest.raises(RuntimeError), written_whole(file) as sink:  # noqa: PT012
        sink.write(b"new")
        sink.flush()
        raise RuntimeError
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), "new")
    assert [one.name for one in tmp_path.iterdir()] == ["x" * 255]


def test_a_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", "new", mode=0o600)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "new")
    reader.join()
    assert read == ["new"]
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file/inside", "Not a directory"),
        ("missing/file", "No such file or directory"),
        (".", "Is a directory"),
        ("/dev/full", "No space left on device"),
        ("y" * 256, "File name too long"),
    ],
)
def test_what_can_not_be_written_is_named(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ShousiError, match=f"can't be written: {why}"):
        write_whole(tmp_path / name, "new")
    with pytest.raises(ShousiError, match="can't be made: Not a directory"):
        make_folder(tmp_path / "file" / "folder")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
