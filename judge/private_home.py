"""What the service keeps is for its own user: tests, answers, tokens' hashes, signing keys."""

import os
import stat
from pathlib import Path

from judge.errors import ShousiError


def keep_private(home: Path) -> None:
    """Make `home` a folder that nobody else can enter, and every new file of this process ours.

    Raises ShousiError where the folder belongs to another user and others may read it, OSError
    where it can't be made.
    """
    os.umask(0o077)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = home.stat()
    if not stat.S_IMODE(status.st_mode) & 0o077:
        return
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        raise ShousiError(
            f"{home} belongs to another user, and others may read it; set SHOUSI_HOME to a folder "
            "of your own"
        )
    home.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Make `path` an empty file, or leave its content; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        status = os.fstat(descriptor)
        if stat.S_IMODE(status.st_mode) & 0o077 and status.st_uid == os.geteuid():
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
