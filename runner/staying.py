"""Staying beside the program that a job names: to send back the files that it leaves, to end as it
ended, and perhaps to run it once more.

Theory of operation. A validator is run on every test of a judging, and making its jail takes
several times as long as it runs. So a jail may stay for the next run, if the job says so: of the
same program, in the same judging, as a new process. It does only if it is as new: the program
ended by itself and left no process, and its folder could be emptied. Then READY tells how the
program ended, and the next job comes on the job channel, with a standard input, outputs and a
result channel of its own. In any other case all of the jail goes, as it does after any run.

The program never holds the job channel. It has our user id, but it can't look into us (we are not
dumpable), and it can't change our limits; all that it could do is to end us, and with us its jail.
"""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from typing import NoReturn

from runner import linux
from runner.programs import (
    MOST_OPEN,
    NO_PROGRAM,
    NOT_FOUND,
    RESTORED,
    collect,
    say,
    write_all,
    write_files,
)
from runner.protocol import (
    CONTROL_BYTES,
    READY,
    Ended,
    Frame,
    FrameKind,
    Job,
    decode_job,
    encode_ended,
    encode_files,
    encode_frame,
)

_FAILED = 1 << 8  # as waitpid tells exit code 1
_MOST_CPU_S = 1.0
"""Of ours: the kernel's backstop for the program's CPU time, which is at least 2 s, is ours too."""


def receive(channel: socket.socket, num_files: int) -> tuple[Job, list[int]]:
    """Wait for a job, which comes with so many descriptors, itself the first; the others. Ends this
    process where the supervisor has left."""
    _, fds, _, _ = socket.recv_fds(channel, CONTROL_BYTES, num_files, socket.MSG_CMSG_CLOEXEC)
    if len(fds) != num_files:
        os._exit(0)  # its connection's end kills us anyway
    with open(fds[0], "rb") as file:  # noqa: PTH123 it has a number and no path
        return decode_job(file.read()), fds[1:]


def take_cpu(job: Job) -> None:
    """Run on the job's CPU from here on, and so will all that is started; where it says none, or
    one that isn't to be had here, on any."""
    if job.cpu >= 0:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {job.cpu})


def execute(job: Job, app: int, result_fd: int, channel: socket.socket | None) -> NoReturn:
    """Run `job.argv`, with the job's files read-only in /app, beside us; exit 127 when that can't
    be.

    For the program no process is forked whose every touched page would have to be copied: the C
    library starts it in our memory, which it leaves for its own at once.
    """
    try:
        write_files(job.files, "", app, 0o755)
        os.close(app)
        os.set_inheritable(result_fd, False)
        lowest = 1 + (result_fd if channel is None else channel.fileno())
        os.closerange(lowest, MOST_OPEN)
        while True:
            pid = os.posix_spawnp(job.argv[0], job.argv, os.environ, setsigdef=RESTORED)
            job = _await_end(pid, job, result_fd, channel)
    except (OSError, ValueError) as error:
        why = NO_PROGRAM if isinstance(error, FileNotFoundError) else error
        say(f"{job.argv[0]}: {why}")
        os._exit(NOT_FOUND)


def fork(job: Job, result_fd: int, channel: socket.socket | None) -> Job:
    """Fork, for each job. The child returns, to become what its job says."""
    while True:
        pid = linux.fork()
        if pid == 0:
            nowhere = os.open("/dev/null", os.O_WRONLY)
            os.dup2(nowhere, result_fd)
            os.close(nowhere)
            if channel is not None:
                channel.close()
            return job
        job = _await_end(pid, job, result_fd, channel)


def _await_end(pid: int, job: Job, result_fd: int, channel: socket.socket | None) -> Job:
    """Wait for the program and send back the files that it leaves (exit code 1 if they are too
    large). The next job, where there may be one; else ends as the program ended."""
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
    if channel is not None and code >= 0 and _is_as_new():
        channel.send(encode_ended(READY, Ended(code, 0.0, 0)))
        job, (stdin, stdout, stderr, result) = receive(channel, 5)
        for fd, target in ((stdin, 0), (stdout, 1), (stderr, 2), (result, result_fd)):
            os.dup2(fd, target, inheritable=target != result_fd)
            os.close(fd)
        write_files(job.box, ".", None, 0o644)
        take_cpu(job)
        return job
    if code < 0:  # the signal that ended it
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _is_as_new() -> bool:
    """Empty the folder; whether that could be done, and nobody is in the jail but us."""
    try:
        os.kill(-1, 0)  # to all that there are, zombies too, but process 1 and us
    except ProcessLookupError:
        pass
    else:
        return False
    box = Path()
    try:
        box.chmod(0o755)
        for folder, folders, files in os.walk(box, topdown=False):
            for path in (Path(folder, name) for name in files):
                path.unlink()
            for path in (Path(folder, name) for name in folders):
                path.unlink() if path.is_symlink() else path.rmdir()
        return not any(box.iterdir()) and time.process_time() < _MOST_CPU_S
    except (OSError, RecursionError):
        return False
