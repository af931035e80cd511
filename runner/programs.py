"""The `exec` runtime's jobs: execute a program, or run a compiler and return its files."""

import contextlib
import fnmatch
import os
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from runner.protocol import SIGNAL_BASE, Frame, FrameKind, Job, encode_files, encode_frame

NOT_FOUND = 127
NO_PROGRAM = "no such program"
MOST_OPEN = 64
RESTORED = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT)


def write_files(files: Mapping[str, bytes], folder: str, folder_fd: int | None, mode: int) -> None:
    """Write `files` into `folder`, or through `folder_fd` if the path is read-only."""
    for name, content in files.items():
        parts = name.split("/")
        if name.startswith("/") or ".." in parts:
            raise ValueError(f"a file's name must stay inside the folder: {name}")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            above = above if folder_fd is not None else f"{folder}/{above}"
            with contextlib.suppress(FileExistsError):
                os.mkdir(above, 0o755, dir_fd=folder_fd)
        if name.endswith("/"):
            continue
        path = name if folder_fd is not None else f"{folder}/{name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        fd = os.open(path, flags, mode, dir_fd=folder_fd)
        write_all(fd, content)
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; raises OSError as write does."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def execute(job: Job, app: int, seal: Callable[[], None]) -> NoReturn:
    """Execute `job.argv`, with the job's files read-only in /app; exit with 127 if that fails.

    `seal` is called after the files are written; it makes /app read-only if it isn't yet.
    """
    try:
        write_files(job.files, "", app, 0o755)
        os.close(app)
        seal()
        _become(job)
    except (OSError, ValueError) as error:
        say(f"{job.argv[0]}: {error}")
    os._exit(NOT_FOUND)


def _become(job: Job) -> NoReturn:
    for number in RESTORED:  # Python ignores or catches these; a program expects the defaults
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, MOST_OPEN)
    try:
        os.execvp(job.argv[0], job.argv)  # noqa: S606 a shell isn't needed
    except FileNotFoundError:
        raise FileNotFoundError(NO_PROGRAM) from None


def say(message: str) -> None:
    """Write a message to standard error, for the submission's author."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def compile_and_keep(job: Job, result_fd: int) -> NoReturn:
    """Run a compiler on the job's files, send back its output files, and exit with its code."""
    try:
        write_files(job.files, ".", None, 0o644)
        pid = os.fork()
        if pid == 0:
            try:
                _become(job)
            except OSError as error:
                say(f"{job.argv[0]}: {error}")
            os._exit(NOT_FOUND)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            payload = encode_files(collect(job.keep, job.keep_bytes))
            write_all(result_fd, encode_frame(Frame(FrameKind.FILES, payload)))
    except (OSError, ValueError) as error:
        say(str(error))
        os._exit(1)
    if code < 0:
        say(f"the compiler was ended by signal {-code}")
        os._exit(SIGNAL_BASE - code)
    os._exit(code)


def collect(patterns: tuple[str, ...], limit: int) -> dict[str, bytes]:
    """Return the regular files below the working directory whose names match `patterns`.

    Raises ValueError if they have more than `limit` bytes. The files are untrusted: links aren't
    followed, and sizes are checked before anything is read.
    """
    found: dict[str, bytes] = {}
    left = limit
    for folder, _, names in os.walk("."):
        for name in sorted(names):
            path = os.path.relpath(Path(folder) / name)
            if not any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
                continue
            size = os.lstat(path).st_size
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            if size > left:
                raise ValueError(f"the files to keep are larger than {limit} bytes")
            found[path] = Path(path).read_bytes()
            left -= size
    return found
