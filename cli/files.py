"""Files that the commands write: whole or not at all, and errors that name the file."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

from judge.errors import ShousiError


@contextmanager
def written_whole(path: Path, *, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Yield a file that becomes `path` at the end of the block, with `mode` less the umask.

    If the block raises, or something can't be written, `path` stays as it was. Raises ShousiError,
    which names it. A pipe or a device is not replaced: it is written to.
    """
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            with path.open("wb") as sink:
                yield sink
            return
        path = Path(os.path.realpath(path))  # the file behind a link is written; the link stays
        # Beside it, so that renaming is possible; its own name may be too long to add to.
        beside = path.with_name(f".shousi-{token_hex(8)}.part")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as sink:
                yield sink
            beside.replace(path)
        finally:
            with suppress(OSError):  # it has been renamed, or could not be made
                beside.unlink()
    except OSError as error:
        raise ShousiError(f"{path} can't be written: {error.strerror or error}") from error


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o666) -> None:
    """Write `content`, text as UTF-8, whole or not at all. Raises ShousiError."""
    with written_whole(path, mode=mode) as sink:
        sink.write(content.encode() if isinstance(content, str) else content)


def make_folder(path: Path, *, mode: int = 0o777) -> None:
    """Make a folder and those above it, if they are missing. Raises ShousiError."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as error:
        raise ShousiError(f"{path} can't be made: {error.strerror or error}") from error


def home_file(path: Path) -> Path:
    """Return `path`, which begins with `~`, in the user's home. Raises ShousiError without one."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ShousiError(f"{path}: there is no home folder; set HOME") from error
