"""The `exec` runtime's jobs: to become a program, and to run a compiler for its files. And, for any
runtime, to stay behind a program in order to send back the files that it leaves."""

import contextlib
import fnmatch
import os
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from runner import linux
from runner.protocol import SIGNAL_BASE, Frame, FrameKind, Job, encode_files, encode_frame

_NOT_FOUND = 127
_NO_PROGRAM = "no such program"
_MOST_OPEN = 64
_FAILED = 1 << 8  # as waitpid tells exit code 1
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT)


def write_files(files: Mapping[str, bytes], folder: str, folder_fd: int | None, mode: int) -> None:
    """Put `files` in `folder`; through `folder_fd` where the path is read-only."""
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
    """Become `job.argv`, with the job's files read-only in /app; exit 127 when that can't be.

    `seal` is called between: where /app is not read-only by its path yet, it makes it so.
    """
    try:
        write_files(job.files, "", app, 0o755)
        os.close(app)
        seal()
        _become(job)
    except (OSError, ValueError) as error:
        _say(f"{job.argv[0]}: {error}")
    os._exit(_NOT_FOUND)


def execute_and_keep(job: Job, app: int, result_fd: int) -> NoReturn:
    """Run `job.argv` as `execute` does, beside us, and send back the files that it leaves.

    For the program no process is forked whose every touched page would have to be copied: the C
    library starts it in our memory, which it leaves for its own at once.
    """
    try:
        write_files(job.files, "", app, 0o755)
        os.close(app)
        os.set_inheritable(result_fd, False)
        os.closerange(result_fd + 1, _MOST_OPEN)
        pid = os.posix_spawnp(job.argv[0], job.argv, os.environ, setsigdef=_RESTORED)
    except (OSError, ValueError) as error:
        why = _NO_PROGRAM if isinstance(error, FileNotFoundError) else error
        _say(f"{job.argv[0]}: {why}")
        os._exit(_NOT_FOUND)
    _end_as(pid, job, result_fd)


def _become(job: Job) -> NoReturn:
    for number in _RESTORED:  # Python ignores or catches these; a program expects the defaults
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, _MOST_OPEN)
    try:
        os.execvp(job.argv[0], job.argv)  # noqa: S606 no shell is wanted
    except FileNotFoundError:
        raise FileNotFoundError(_NO_PROGRAM) from None


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def compile_and_keep(job: Job, result_fd: int) -> NoReturn:
    """Run a compiler on the job's files, send back what it made, and end as it ended."""
    try:
        write_files(job.files, ".", None, 0o644)
        pid = os.fork()
        if pid == 0:
            try:
                _become(job)
            except OSError as error:
                _say(f"{job.argv[0]}: {error}")
            os._exit(_NOT_FOUND)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            payload = encode_files(collect(job.keep, job.keep_bytes))
            write_all(result_fd, encode_frame(Frame(FrameKind.FILES, payload)))
    except (OSError, ValueError) as error:
        _say(str(error))
        os._exit(1)
    if code < 0:
        _say(f"the compiler was ended by signal {-code}")
        os._exit(SIGNAL_BASE - code)
    os._exit(code)


def stay_behind(job: Job, result_fd: int) -> None:
    """Fork. The child returns, to become what the job says; whoever stays waits for it, sends
    back the files that it leaves, and ends as it ended (exit code 1 if they are too large)."""
    pid = linux.fork()
    if pid == 0:
        nowhere = os.open("/dev/null", os.O_WRONLY)
        os.dup2(nowhere, result_fd)
        os.close(nowhere)
        return
    _end_as(pid, job, result_fd)


def _end_as(pid: int, job: Job, result_fd: int) -> NoReturn:
    """Wait for the program, send back the files that it leaves, and end as it ended."""
    # The program alone holds these: so it is seen at once when it closes its output, or ends.
    nowhere = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    _, status = os.waitpid(pid, 0)
    try:
        payload = encode_files(collect(job.keep, job.keep_bytes))
        frame = Frame(FrameKind.FILES, payload)
    except (OSError, ValueError) as error:
        frame, status = Frame(FrameKind.EXCEPTION, text=str(error)), _FAILED
    write_all(result_fd, encode_frame(frame))
    code = os.waitstatus_to_exitcode(status)
    if code < 0:  # the signal that ended it
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def collect(patterns: tuple[str, ...], limit: int) -> dict[str, bytes]:
    """The regular files below the working directory whose names match; ValueError past `limit`.

    A compiler was here: links are not followed, and sizes are checked before anything is read.
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
