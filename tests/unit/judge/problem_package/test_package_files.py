"""Folders and archives, valid and hostile ones."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from judge.problem_package.archives import read_archive
from judge.problem_package.complaints import PackageError
from judge.problem_package.files import Bounds, read_folder
from judge.problem_package.load import load
from tests.unit.judge.problem_package.making import SMALL, link, special, zipped


def in_folder(entries: dict[str, str], top: str = "sum") -> dict[str, str]:
    return {f"{top}/{name}": text for name, text in entries.items()}


def refusal(path: Path, bounds: Bounds | None = None) -> str:
    with pytest.raises(PackageError) as caught:
        read_archive(path, bounds)
    return str(caught.value)


def write_folder(root: Path, entries: dict[str, str]) -> Path:
    for name, text in entries.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_folder_and_archives_of_it_are_the_same_package(tmp_path: Path) -> None:
    folder = load(write_folder(tmp_path / "sum", SMALL))
    topped = load(zipped(tmp_path, in_folder(SMALL), "upload.kpp"))
    flat = load(zipped(tmp_path, SMALL, "sum.zip"))
    assert folder.slug == topped.slug == flat.slug == "sum"
    assert folder.sha256 == topped.sha256 == flat.sha256
    assert folder == topped == flat


def test_slug_can_be_given(tmp_path: Path) -> None:
    assert load(zipped(tmp_path, SMALL, "tmp_upload.zip"), slug="total").slug == "total"


@pytest.mark.parametrize("name", [".git/config", "data/.DS_Store", "__MACOSX/sum/a"])
def test_auxiliary_files_are_left_out(tmp_path: Path, name: str) -> None:
    plain = read_archive(zipped(tmp_path, in_folder(SMALL), "a.zip"))
    with_more = read_archive(zipped(tmp_path, in_folder(SMALL) | {name: "x"}, "b.zip"))
    assert with_more == plain


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil.txt", "`..`"),
        ("sum/../../evil.txt", "`..`"),
        ("/etc/passwd", "absolute"),
        ("C:/evil.txt", "absolute"),
        ("sum\\..\\..\\evil.txt", "`..`"),
        ("sum//evil.txt", "empty"),
        ("../", "`..`"),
    ],
)
def test_dangerous_names_are_refused(tmp_path: Path, name: str, says: str) -> None:
    assert says in refusal(zipped(tmp_path, in_folder(SMALL) | {name: "x"}))


def test_name_cut_at_a_nul_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL) | {"sum/evil.py_.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"evil.py_.txt", b"evil.py\0.txt"))
    assert "NUL" in refusal(path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b.txt", "a b.txt"),
        ("data/secret/1.in~", "data/secret/1.in~"),
        ("naïve.txt", "naïve.txt"),
        ("-x/y", "-x/y"),
        ("new\nline", "new?line"),
        ("other\\evil.txt", "other\\evil.txt"),
        ("a" * 256, "a" * 76 + "..."),
    ],
)
def test_names_that_the_format_leaves_out_are_warned_of(
    tmp_path: Path, name: str, shown: str
) -> None:
    taken = read_archive(zipped(tmp_path, in_folder(SMALL) | {f"sum/{name}": "x"}))
    assert set(taken.files) == set(SMALL)
    assert [one.file for one in taken.warnings] == [shown]
    assert "left out" in taken.warnings[0].message


def test_archive_of_names_with_backslashes_is_told_why_nothing_is_there(tmp_path: Path) -> None:
    windows = {f"sum\\{name}".replace("/", "\\"): text for name, text in SMALL.items()}
    says = refusal(zipped(tmp_path, windows))
    assert "problem.yaml: missing" in says
    assert "sum\\problem.yaml: left out" in says


def test_case_fold_twins_are_warned_of(tmp_path: Path) -> None:
    twins = in_folder(SMALL) | {"sum/readme": "x", "sum/README": "y"}
    taken = read_archive(zipped(tmp_path, twins))
    assert {"readme", "README"} <= set(taken.files)
    assert [one.file for one in taken.warnings] == ["README"]
    assert "only in case" in taken.warnings[0].message


def test_duplicates_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("sum/problem.yaml", "name: other\n")
    assert "two files have this name" in refusal(path)


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFIFO, stat.S_IFBLK, stat.S_IFSOCK])
def test_special_files_are_refused(tmp_path: Path, kind: int) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(special("sum/device", kind), "")
    assert "neither a plain file nor a link" in refusal(path)


@pytest.mark.parametrize(
    "target",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "missing",
        "../../sum",
        "again",
        "../data",
        "",
        ".",
        "..",
    ],
)
def test_links_out_or_to_nothing_or_around_are_refused(tmp_path: Path, target: str) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link("sum/data/again"), target)
    assert "links to" in refusal(path)


@pytest.mark.parametrize("target", ["../../../etc/passwd", "/etc/passwd", "missing"])
def test_links_where_nothing_is_read_are_only_left_out(tmp_path: Path, target: str) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link("sum/generators/lib.h"), target)
    taken = read_archive(path)
    assert set(taken.files) == set(SMALL)
    assert [one.file for one in taken.warnings] == ["generators/lib.h"]


def test_links_to_folders_stand_for_what_is_in_them(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "sum", SMALL)
    (folder / "data/secret/samples").symlink_to("../sample", target_is_directory=True)
    (folder / "data/secret/more").symlink_to("samples", target_is_directory=True)
    files = read_folder(folder).files
    assert files["data/secret/samples/1.in"] == files["data/secret/more/1.in"] == b"1 2\n"


def test_links_to_folders_can_not_stand_for_very_many_files(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        for depth in range(30):
            for twin in "ab":
                archive.writestr(link(f"sum/include/{depth}/{twin}"), f"../{depth + 1}")
        archive.writestr("sum/include/30/end", "x")
    assert "more than 5000 files" in refusal(path)


def test_links_to_large_files_are_counted_as_copies(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL) | {"sum/data/a": "x" * 600})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(9):
            archive.writestr(link(f"sum/data/{number}"), "a")
    assert "unpacks to over" in refusal(path, Bounds(total_bytes=2 << 10))


def test_links_in_circles_end(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link("sum/include/a/x"), "../b")
        archive.writestr(link("sum/include/b/y"), "../a")
    assert "links to" in refusal(path)


def test_links_inside_the_package_are_followed(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link("sum/data/secret/02.in"), "03.in")
        archive.writestr(link("sum/data/secret/03.in"), "../sample/1.in")
    assert read_archive(path).files["data/secret/02.in"] == b"1 2\n"


def test_encrypted_entries_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1  # bit 0 of the flags: encrypted
    path.write_bytes(data)
    assert "encrypted" in refusal(path)


def test_other_methods_than_deflate_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("sum/data/secret/02.in", "x")
    assert "not packed by the method deflate" in refusal(path)


def test_bomb_is_cut_off_while_it_streams(tmp_path: Path) -> None:
    zeros = b"\0" * (3 << 20)
    path = zipped(tmp_path, {"sum/problem.yaml": "", "sum/a": zeros, "sum/b": zeros})
    assert "unpacks to over 4 MiB" in refusal(path, Bounds(total_bytes=4 << 20))
    assert "larger than 2 MiB" in refusal(path, Bounds(file_bytes=2 << 20))


def test_what_packs_a_thousandfold_is_no_bomb(tmp_path: Path) -> None:
    equal = "1" * (30 << 20)
    path = zipped(tmp_path, in_folder(SMALL) | {"sum/data/secret/equal.in": equal})
    assert path.stat().st_size * 500 < len(equal)
    assert len(read_archive(path).files["data/secret/equal.in"]) == len(equal)


def test_declared_sizes_are_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"sum/problem.yaml": b"\0" * (3 << 20)})
    true, lie = struct.pack("<I", 3 << 20), struct.pack("<I", 10)
    path.write_bytes(path.read_bytes().replace(true, lie))
    says = refusal(path, Bounds(file_bytes=1 << 20))
    assert "larger than 1 MiB" in says or "not a sound zip archive" in says


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    many = {f"sum/f{i}": "" for i in range(30)}
    path = zipped(tmp_path, many)
    assert "more than 20 entries" in refusal(path, Bounds(entries=20))
    tight = Bounds(entries=20, directory_bytes_per_entry=50)
    assert "lists more than 20 entries" in refusal(path, tight)


def test_large_archive_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sum.zip"
    path.write_bytes(os.urandom(2 << 20))
    assert "larger than 1 MiB" in refusal(path, Bounds(archive_bytes=1 << 20))


def test_zip64_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    path.write_bytes(data[:end] + locator + data[end:])
    assert "ZIP64" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 10])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sum.zip"
    path.write_bytes(content)
    assert "not a zip archive" in refusal(path)


def test_truncated_and_damaged_archives_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    data = path.read_bytes()
    for broken in (data[:-30], data[100:], data[:60] + b"\xff" * 40 + data[100:]):
        path.write_bytes(broken)
        assert "zip archive" in refusal(path)


def test_archive_of_a_version_to_come_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, in_folder(SMALL))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 148  # the version needed to extract, times ten
    path.write_bytes(data)
    assert "not a sound zip archive: zip file version 14.8" in refusal(path)


def test_two_top_folders_are_refused(tmp_path: Path) -> None:
    assert "one folder" in refusal(zipped(tmp_path, in_folder(SMALL) | {"other/x": ""}))


def test_folder_with_link_out_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "sum", SMALL)
    (folder / "data/secret/02.in").symlink_to("/etc/hostname")
    (folder / "include").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(PackageError) as caught:
        read_folder(folder)
    assert [c.file for c in caught.value.complaints] == ["data/secret/02.in", "include"]


def test_folder_with_fifo_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "sum", SMALL)
    os.mkfifo(folder / "data/secret/02.in")
    with pytest.raises(PackageError, match="neither a plain file"):
        read_folder(folder)


def test_folder_is_bounded_too(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "sum", SMALL)
    with pytest.raises(PackageError, match="more than 3 files"):
        read_folder(folder, Bounds(entries=3))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no such folder or archive"):
        load(tmp_path / "missing")
