"""Nobody else may read what the service keeps."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.errors import ShousiError
from judge.private_home import keep_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_that_others_made_readable_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    keep_private(home)
    assert mode(home) == 0o700
    (home / "new").touch()
    assert mode(home / "new") == 0o600


def test_a_new_home_is_private(tmp_path: Path) -> None:
    keep_private(tmp_path / "deep" / "home")
    assert mode(tmp_path / "deep" / "home") == 0o700


def test_the_database_is_private_whoever_made_it(tmp_path: Path) -> None:
    (tmp_path / "shousi.db").touch(mode=0o644)
    db = Database(f"sqlite:///{tmp_path}/shousi.db")
    upgrade(db)
    with db.write():
        files = sorted(tmp_path.glob("shousi.db*"))
        assert [mode(path) for path in files] == [0o600] * len(files)
        assert len(files) >= 1
    db.close()


def test_a_second_database_object_gives_up_no_lock_of_the_first(tmp_path: Path) -> None:
    """Else another process would take itself for the last one and delete the write-ahead log that
    the first process still uses, which would then see no more writes.
    """
    url = f"sqlite:///{tmp_path}/shousi.db"
    first = Database(url)
    upgrade(first)
    log = tmp_path / "shousi.db-wal"
    before = log.stat().st_ino
    Database(url).close()
    reads_and_leaves = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "db.execute('select count(*) from user').fetchone(); db.close()"
    )
    command = [sys.executable, "-c", reads_and_leaves, str(tmp_path / "shousi.db")]
    subprocess.run(command, check=True)
    assert log.stat().st_ino == before
    first.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the other user")
def test_the_open_home_of_another_user_is_refused() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        os.seteuid(65534)
        try:
            with pytest.raises(ShousiError, match="belongs to another user"):
                keep_private(home)
        finally:
            os.seteuid(0)


def test_a_home_that_can_not_be_made_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(ShousiError, match=r"can't be made: .*; set SHOUSI_HOME"):
            keep_private(home)
