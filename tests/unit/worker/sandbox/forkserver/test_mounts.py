"""What is chosen to appear in a jail."""

import os
import sys
from pathlib import Path

import pytest

from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.forkserver import mounts
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
    config = mounts.server_config(Runtime.PYTHON, "/root", mounts.interpreter_paths(sys.executable))
    for folder in ("/bin", "/usr/bin", "/etc", "/usr", "/home", "/proc"):
        assert folder not in config.binds
    assert "/usr" in mounts.server_config(Runtime.EXEC, "/root", []).binds


def test_the_interpreters_modules_are_there() -> None:
    binds = select_binds(mounts.interpreter_paths(sys.executable))
    for module in (os, pytest):
        assert module.__file__ is not None
        file = Path(module.__file__).resolve()
        assert any(file.is_relative_to(bind) for bind in binds), file


def test_a_missing_interpreter_is_ours() -> None:
    with pytest.raises(SandboxError, match="/no/such/python"):
        mounts.interpreter_paths("/no/such/python")


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
        # Where everything was given away what is left is a container's way: the upper half.
        assert not overlaps or length == 2**31


def test_each_service_has_ids_of_its_own(tmp_path: Path) -> None:
    starts = {_spare(tmp_path, f"/srv/{name}")[0] for name in "abcdef"}
    assert len(starts) == 6
