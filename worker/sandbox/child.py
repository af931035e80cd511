"""One jailed child as the supervisor holds it: asked for, waiting, given its job, gone."""

import contextlib
import fcntl
import os
import signal
import socket
import time
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from judge.descriptors import wait_readable
from judge.result import Ending
from runner.protocol import (
    CONTROL_BYTES,
    EXITED,
    FAILED,
    JOB,
    KILL,
    READY,
    SPAWNED,
    Ended,
    Job,
    Mode,
    ProtocolError,
    Spawn,
    decode_ended,
    encode_job,
    encode_spawn,
)
from worker.sandbox import scratch
from worker.sandbox.base import SandboxError
from worker.sandbox.cgroup.groups import Group
from worker.sandbox.cgroup.pool import GroupPool
from worker.sandbox.cgroup.tree import start_time
from worker.sandbox.stay import Stay

_PIPE_BYTES = 256 << 10
_MFD_NOEXEC_SEAL = 0x8
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
_SPAWN_TIMEOUT_S = 60.0
# A killed run is gone within milliseconds. What isn't by then is busy in a system call that looks
# at no signal, and nobody waits for it: the verdict is known.
_GONE_TIMEOUT_S = 1.5
_MOST_THREADS = 32


def memory_file(data: bytes) -> int:
    """A sealed file in memory with `data`, open for reading at its start; the caller closes it."""
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        writable = os.memfd_create("shousi", flags | _MFD_NOEXEC_SEAL)
    except OSError:  # before Linux 6.3 there is no such flag
        writable = os.memfd_create("shousi", flags)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(writable, rest) :]
        fcntl.fcntl(writable, fcntl.F_ADD_SEALS, _SEALS)
        return os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writable)


def _output_pipe() -> tuple[int, int]:
    """A pipe whose reading end doesn't block, as large as we may make it."""
    reader, writer = os.pipe()
    with contextlib.suppress(OSError):  # an ordinary user's share of pipe memory is bounded
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    os.set_blocking(reader, False)
    os.fchmod(writer, 0o666)  # so that a program may open /dev/stdout by its name
    return reader, writer


@dataclass(slots=True)
class Channels:
    """Our ends of what a child was given, process 1 of its namespace, and itself; see
    `runner.protocol`."""

    control: socket.socket
    job: socket.socket
    stdout: int
    stderr: int
    result: int
    pidfd: int = -1
    case_pidfd: int = -1
    folder: int = -1
    """The child's own folder, where nothing but us bounds what is in it."""


class JailedChild:
    """A child that has said READY. Used by one thread at a time; `close` gives all back.

    `stay` is where it may wait for its program's next run.
    """

    def __init__(
        self, channels: Channels, request: Spawn, group: Group | None, groups: GroupPool | None
    ) -> None:
        self.channels = channels
        self.request = request
        self.group = group
        self.stay: Stay | None = None
        self._groups = groups
        self._job: Job | None = None
        self._rests = False
        self._far_ends: list[int] = []
        self._gone = False
        self._killed_at: float | None = None
        self._case_pid = -1
        self._base = Ended(0, 0.0, 0)
        self._seen_cpu_s = 0.0
        self._folder_name = b""

    def is_usable(self) -> bool:
        """Whether it still waits for a job: nothing has come, and nobody has hung up."""
        channels = self.channels
        return not wait_readable([channels.control.fileno(), channels.job.fileno()], 0.0)

    def begin(self, job: Job, stdin: bytes | int, memory_bytes: int) -> None:
        """Deliver the job; from here on the submission's time and memory count.

        `stdin` is the standard input, or a descriptor to read it from, which is closed here.
        """
        input_fd = stdin if isinstance(stdin, int) else memory_file(stdin)
        files = [memory_file(encode_job(job)), input_fd, *self._far_ends]
        self._job, self._rests, self._far_ends = job, False, []
        try:
            if self.group is not None:
                replaced = job.mode is Mode.EXEC and not job.keep
                self.group.begin(memory_bytes, job.processes, replaced=replaced)
            self.channels.job.setblocking(False)
            socket.send_fds(self.channels.job, [JOB], files)
        except OSError as error:
            raise SandboxError(f"the job could not be delivered: {error}") from error
        finally:
            for fd in files:
                os.close(fd)

    def takes(self, job: Job) -> bool:
        """Whether it can be given `job` after the one that it had."""
        if self._job is None:
            return False
        return replace(self._job, argv=job.argv, box=job.box, cpu=job.cpu) == job

    def cpu_s(self) -> float:
        """CPU seconds since the job's delivery, as far as can be seen while it runs."""
        if self.group is not None:
            return self.group.cpu_s()
        return max(0.0, self._look() - self._base.cpu_s)

    def threads(self) -> list[int]:
        """The numbers of the run's threads, as far as they can be seen, and of some where there
        are very many."""
        with contextlib.suppress(OSError):
            if self.group is not None:
                return self.group.threads()[:_MOST_THREADS]
            with os.scandir(f"/proc/{self._find_pid()}/task") as tasks:  # which lists no more
                return [int(task.name) for task in islice(tasks, _MOST_THREADS)]
        return []  # it has ended

    def is_thrashing(self) -> bool:
        """Whether it is short of memory, and for that alone of time; see `Group`."""
        return self.group is not None and self.group.is_thrashing()

    def seen_so_far(self) -> Ended:
        """What is known of a child that is killed and not gone yet; without groups, no memory."""
        return Ended(-signal.SIGKILL, self._look() if self.group is None else 0.0, 0)

    @property
    def is_bounded(self) -> bool:
        """Whether the kernel bounds what it may put into its folder."""
        return self.channels.folder < 0

    def overruns(self, threads: int) -> Ending | None:
        """How it is to end, for having more in its folder, or more threads, than it may. None
        where it hasn't, or where the kernel is the one that keeps it from that."""
        if self.is_bounded:
            return None
        most = (self.request.scratch_bytes, self.request.scratch_files)
        if scratch.overfills(self.channels.folder, *most):
            return Ending.OUTPUT_LIMIT
        try:
            stat = Path(f"/proc/{self._find_pid()}/stat").read_text(errors="replace")
        except OSError:
            return None  # it has ended
        # The 20th field says how many it has; the second one, a name, may hold anything.
        running = int(stat.rpartition(")")[2].split()[17])
        return Ending.SIGNALED if running > threads else None

    def set_base(self, base: Ended) -> None:
        """What READY said: it is taken off what the case's process will have used. Its folder
        still has its name then."""
        self._base = base
        if not self.is_bounded:
            self._folder_name = bytes(Path(f"/proc/self/fd/{self.channels.folder}").readlink())

    def since_ready(self, ended: Ended) -> Ended:
        """What the case used after READY; without groups this is all that is known."""
        resident = ended.resident_bytes - self._base.resident_bytes
        return Ended(ended.code, max(0.0, ended.cpu_s - self._base.cpu_s), max(0, resident))

    def _look(self) -> float:
        """CPU seconds that the case's process has used so far, where there are no groups."""
        pid = self._find_pid()
        if pid < 0:
            return self._seen_cpu_s
        with contextlib.suppress(OSError):  # it has ended, and EXITED will say what it used
            # The kernel's number for "CPU clock of that process".
            self._seen_cpu_s = time.clock_gettime((~pid << 3) | 2)
        return self._seen_cpu_s

    def is_leaving(self) -> bool:
        """Whether its process ends or has ended; EXITED comes when the rest of the namespace is
        gone too, for which the kernel may take tens of milliseconds."""
        if wait_readable([self.channels.case_pidfd], 0.0):
            return True
        pid = self._find_pid()
        return pid > 0 and start_time(pid) is None

    def _find_pid(self) -> int:
        if self._case_pid < 0:
            # Its number in our own namespace, which isn't told once it is gone.
            told = Path(f"/proc/self/fdinfo/{self.channels.case_pidfd}").read_text().splitlines()
            pids = [line.split()[1] for line in told if line.startswith("Pid:")]
            self._case_pid = int(pids[0]) if pids else -1
        return self._case_pid

    def without_folder(self, text: bytes) -> bytes:
        """What a person is shown, without the name of the machine's folder that is its /box."""
        return text if self.is_bounded else text.replace(self._folder_name, b"")

    def kill(self) -> None:
        """Kill the child and all that it started; they are gone when EXITED comes."""
        self._killed_at = self._killed_at or time.monotonic()
        try:
            signal.pidfd_send_signal(self.channels.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return  # it is gone already
        except PermissionError:  # it is another user's: the server does it for us
            with contextlib.suppress(OSError):  # the server is gone, and so is the child
                self.channels.control.send(KILL)

    def read_exited(self) -> Ended:
        """Take EXITED, which is there. SandboxError if the server has died."""
        try:
            data = self.channels.control.recv(CONTROL_BYTES)
            ended = decode_ended(EXITED, data)
        except (OSError, ProtocolError) as error:
            raise SandboxError("the fork server has died") from error
        self._gone = True
        return ended

    def kill_and_wait(self) -> Ended | None:
        """Kill the child and all that it started; how it ended.

        None where it isn't gone soon, or where the server that would say so is gone itself.
        """
        self.kill()
        assert self._killed_at is not None
        left_s = self._killed_at + _GONE_TIMEOUT_S - time.monotonic()
        if not wait_readable([self.channels.control.fileno()], max(0.0, left_s)):
            return None
        try:
            return self.read_exited()
        except SandboxError:  # no server to say so: the kernel does
            left_s = self._killed_at + _GONE_TIMEOUT_S - time.monotonic()
            self._gone = wait_readable([self.channels.pidfd], max(0.0, left_s))
            return None

    def hear(self) -> Ended | None:
        """What the child says on the job channel: how its program ended, where the child stays for
        another job; else None. SandboxError where it said FAILED: only our own code, before the
        submission's, can say that."""
        try:
            data = self.channels.job.recv(CONTROL_BYTES)
        except OSError:  # nothing was said
            return None
        if data[:1] == FAILED:
            raise SandboxError(f"the job failed: {data[1:].decode(errors='replace')}")
        if data[:1] != READY:
            return None
        self._rests = True
        return decode_ended(READY, data)

    def leave(self) -> None:
        """Let it wait for its program's next run, if it is ready for that; else close it."""
        usable = self._rests and not self._gone and self._killed_at is None
        if not (usable and self.stay is not None and self.group is not None):
            self.close()
            return
        channels = self.channels
        for fd in (channels.stdout, channels.stderr, channels.result):
            os.close(fd)
        pipes = [_output_pipe() for _ in range(3)]
        channels.stdout, channels.stderr, channels.result = (reader for reader, _ in pipes)
        self._far_ends = [writer for _, writer in pipes]
        if not (self.group.rest() and self.stay.give(self)):
            self.close()

    def close(self) -> None:
        """Kill what still runs, wait for it a little, and give everything back."""
        channels = self.channels
        if not self._gone:
            self.kill_and_wait()
        channels.control.close()
        channels.job.close()
        given = [fd for fd in (channels.pidfd, channels.case_pidfd, channels.folder) if fd >= 0]
        for fd in (channels.stdout, channels.stderr, channels.result, *self._far_ends, *given):
            os.close(fd)
        self._give_group_back()

    def abandon(self) -> None:
        """Give back what there is of a child that never was ready."""
        channels = self.channels
        if channels.pidfd >= 0:
            self.close()
            return
        channels.control.close()
        channels.job.close()
        for fd in (channels.stdout, channels.stderr, channels.result):
            os.close(fd)
        self._give_group_back()

    def _give_group_back(self) -> None:
        """Whoever is slow to die keeps its group, which nobody else gets."""
        if self.group is None or self._groups is None:
            return
        if self._gone:
            self._groups.give_back(self.group)
        else:
            self._groups.put_aside(self.group)


def spawn(control: socket.socket, request: Spawn, groups: GroupPool | None) -> JailedChild:
    """Ask the fork server behind `control` for a child and wait until it is ready.

    Raises SandboxError: the server is gone, or a wall could not be put up. `control` is the
    child's from here on, or closed.
    """
    try:
        group = None if groups is None else groups.take()
    except OSError as error:
        control.close()
        raise SandboxError(f"no control group: {error}") from error
    job, far_job = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pipes = [_output_pipe() for _ in range(3)]
    entrances = group.entrances() if group is not None else []
    channels = Channels(control, job, *(reader for reader, _ in pipes))
    far_ends = [*(writer for _, writer in pipes), far_job.detach(), *entrances]
    child = JailedChild(channels, request, group, groups)
    try:
        control.settimeout(_SPAWN_TIMEOUT_S)
        job.settimeout(_SPAWN_TIMEOUT_S)
        try:
            socket.send_fds(channels.control, [encode_spawn(request)], far_ends)
        finally:
            for fd in far_ends:
                os.close(fd)  # only so their loss is noticed
        child.set_base(_await_child(channels))
    except (OSError, SandboxError, ProtocolError) as error:
        child.abandon()
        raise SandboxError(f"no jail: {error}") from error
    return child


def _await_child(channels: Channels) -> Ended:
    """Wait for SPAWNED with its descriptors, then for READY; what the child has used until then."""
    data, fds, _, _ = socket.recv_fds(channels.control, CONTROL_BYTES, 3, socket.MSG_CMSG_CLOEXEC)
    if data[:1] != SPAWNED or len(fds) < 2:
        raise SandboxError(data[1:].decode(errors="replace") or "the fork server hung up")
    channels.pidfd, channels.case_pidfd, channels.folder = [*fds, -1][:3]
    said = channels.job.recv(CONTROL_BYTES)
    if said[:1] != READY:
        reason = said[1:].decode(errors="replace") if said[:1] == FAILED else "it ended"
        raise SandboxError(f"the child could not be walled in: {reason}")
    return decode_ended(READY, said)
