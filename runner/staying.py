"""Runs a job's program as a child process: sends back the files that it writes, ends with the same
status, and may run the program again for the next test.

Theory of operation. A validator runs on every test of a judging, and making its jail takes several
times as long as the run. So, if the job allows it, a jail may stay for the next run of the same
program, in the same judging, as a new process. It stays only if it is as good as new: the program
exited by itself and left no process, and its folder could be emptied. Then READY reports the
program's exit code, and the next job comes on the job channel, with a standard input, outputs and a
result channel of its own. In any other case the whole jail ends, as after any other run.

The program never holds the job channel. It has the same user id as this process, but it can't trace
this process (it is not dumpable) or change its limits. It can only kill this process, and with it
its own jail.
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

_FAILED = 1 << 8  # exit code 1 as a status of waitpid
_MOST_CPU_S = 1.0
"""The CPU time that this process may use: the kernel's limit for the program, at least 2 s, holds
for this process too."""


def receive(channel: socket.socket, num_files: int) -> tuple[Job, list[int]]:
    """Wait for a job that comes with `num_files` descriptors, the first of which holds the job.
    Return the job and the other descriptors; exit if the supervisor has left."""
    _, fds, _, _ = socket.recv_fds(channel, CONTROL_BYTES, num_files, socket.MSG_CMSG_CLOEXEC)
    if len(fds) != num_files:
        os._exit(0)  # the closed connection to the fork server kills this process anyway
    with open(fds[0], "rb") as file:  # noqa: PTH123 a descriptor has no path
        return decode_job(file.read()), fds[1:]


def take_cpu(job: Job) -> None:
    """Pin this process and its later children to the job's CPU; do nothing if the job names none
    or the CPU isn't available."""
    if job.cpu >= 0:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {job.cpu})


def execute(job: Job, app: int, result_fd: int, channel: socket.socket | None) -> NoReturn:
    """Run `job.argv` as a child, with the job's files read-only in /app; exit with 127 if that
    fails.

    `posix_spawn` shares this process's memory until the program is executed, so no page is copied
    as after a fork.
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
    """Fork for each job. The child returns its job, to run it; the parent never returns."""
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
    """Wait for the program and send back the files that it writes (exit code 1 if they are too
    large). Return the next job if the jail may stay; else exit with the program's status."""
    # Only the program may hold its outputs: so the supervisor sees at once when it closes them.
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
    if code < 0:  # a signal ended the program
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _is_as_new() -> bool:
    """Empty the working directory; return whether it is empty and no other process is left."""
    try:
        os.kill(-1, 0)  # reaches every process, also zombies, except process 1 and this one
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
