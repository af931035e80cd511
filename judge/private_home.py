"""Keeps other users of the machine from reading what the service stores: tests, answers, hashes,
signing keys."""

import os
import stat
from pathlib import Path

from judge.errors import ShousiError


def keep_private(home: Path) -> None:
    """Make `home` a folder that only its owner can enter, and new files of this process private.

    Raises ShousiError if it can't be made, or belongs to another user and others may read it.
    """
    os.umask(0o077)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = home.stat()
    except OSError as error:
        raise ShousiError(
            f"{home} can't be made: {error.strerror}; set SHOUSI_HOME to a folder of your own"
        ) from error
    if not stat.S_IMODE(status.st_mode) & 0o077:
        return
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        raise ShousiError(
            f"{home} belongs to another user, and others may read it; set SHOUSI_HOME to a folder "
            "of your own"
        )
    home.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Make `path` an empty file that only its owner may read, or remove others' rights to it.

    An existing file is never opened: closing it would release every lock that this process holds on
    it by other descriptors (POSIX record locks), and a database is protected by such locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: an existing file is never opened, see above.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        status = path.stat()
        if stat.S_IMODE(status.st_mode) & 0o077 and status.st_uid == os.geteuid():
            path.chmod(0o600)
