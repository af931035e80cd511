"""The files that are chosen to appear in a jail."""

import os
import sys
from pathlib import Path

import pytest

from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.forkserver import mounts
from worker.sandbox.forkserver.interpreter import Interpreter, find_interpreter
from worker.sandbox.forkserver.view import select_binds


def test_links_on_the_way_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "real" / "lib").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "again").symlink_to(tmp_path / "link")
    binds = select_binds([f"{tmp_path}/again/lib"])
    assert binds == tuple(f"{tmp_path}/{name}" for name in ("again", "link", "real/lib"))


def test_what_lies_below_another_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "top" / "below").mkdir(parents=True)
    (tmp_path / "top" / "link").symlink_to("below")
    paths = [f"{tmp_path}/top/link", f"{tmp_path}/top/below", f"{tmp_path}/top", "/no/such/path"]
    assert select_binds(paths) == (f"{tmp_path}/top",)


def test_python_gets_nothing_that_can_be_executed() -> None:
    python = find_interpreter(sys.executable)
    config = mounts.server_config(Runtime.PYTHON, "/root", python)
    for folder in ("/bin", "/usr/bin", "/etc", "/usr", "/home", "/proc"):
        assert folder not in config.binds
    assert "/usr" in mounts.server_config(Runtime.EXEC, "/root", python).binds


def test_the_interpreters_modules_are_there() -> None:
    python = find_interpreter(sys.executable)
    places = python.places()
    for module in (os, pytest):
        assert module.__file__ is not None
        file = Path(module.__file__).resolve()
        (above,) = (source for source in places if file.is_relative_to(source))
        name = Path(places[above], file.relative_to(above))
        assert any(name.is_relative_to(folder) for folder in python.search_path()), name


def test_folders_of_an_interpreter_inside_others_are_shown_once(tmp_path: Path) -> None:
    prefix = tmp_path / "python"
    library, elsewhere = prefix / "lib64" / "python3.11", tmp_path / "venv" / "site-packages"
    inside = library / "lib-dynload"
    for folder in (inside, elsewhere, tmp_path / "more"):
        folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to("more")
    modules = (prefix / "lib" / "python311.zip", library, inside, elsewhere, tmp_path / "link")
    python = Interpreter("", str(prefix), tuple(map(str, modules)), (), (), "")
    assert python.places() == {
        str(library): "/runtime/lib64/python3.11",
        str(elsewhere): "/runtime/packages",
        str(tmp_path / "more"): "/runtime/packages1",
    }
    assert python.search_path() == (
        "/runtime/lib64/python3.11", "/runtime/lib64/python3.11/lib-dynload",
        "/runtime/packages", "/runtime/packages1",
    )  # fmt: skip


def test_a_library_is_there_by_each_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "libpython.so.1.0").touch()
    (tmp_path / "libpython.so.1").symlink_to("libpython.so.1.0")
    (tmp_path / "libother.so").touch()
    loaded = (str(tmp_path / "libpython.so.1.0"),)
    files = Interpreter("/usr/bin/python3.11", "/usr", (), (), loaded, "").files()
    assert files == {
        "/runtime/bin/python3": "/usr/bin/python3.11",
        "/runtime/lib/libpython.so.1.0": loaded[0],
        "/runtime/lib/libpython.so.1": loaded[0],
    }


def test_a_missing_interpreter_is_ours() -> None:
    with pytest.raises(SandboxError, match="/no/such/python"):
        find_interpreter("/no/such/python")


def test_an_ordinary_user_maps_only_himself() -> None:
    first, count = mounts.id_range("home")
    assert (count > 0) == (os.geteuid() == 0)
    assert first > 0 or count == 0


def _spare(tmp_path: Path, service: str, *lines: str) -> tuple[int, int]:
    given = tmp_path / "subuid"
    given.write_text("".join(f"{line}\n" for line in lines))
    return mounts.spare_ids(service, [given, tmp_path / "missing"])


def test_a_range_of_ids_that_nobody_was_given(tmp_path: Path) -> None:
    first, count = free = _spare(tmp_path, "/srv/a", "debian:100000:65536")
    assert first >= 0x60000000
    assert _spare(tmp_path, "/srv/a", "# none", "", "odd:line") == free
    for start, length in ((first, 1), (first - 10, 20), (first + count - 1, 9), (0, 2**31)):
        taken = _spare(tmp_path, "/srv/a", f"somebody:{start}:{length}")
        assert taken != free
        overlaps = taken[0] < start + length and start < taken[0] + taken[1]
        # If all ids are assigned to users, the upper half is taken, as in a container.
        assert not overlaps or length == 2**31


def test_each_service_has_ids_of_its_own(tmp_path: Path) -> None:
    starts = {_spare(tmp_path, f"/srv/{name}")[0] for name in "abcdef"}
    assert len(starts) == 6
