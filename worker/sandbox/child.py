"""One jailed child from the supervisor's side: spawned, waiting, running its job, ended."""

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
from judge.proc_stat import NUM_THREADS, stat_fields
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
# A killed run ends within milliseconds. If it doesn't, it is in a system call that no signal
# interrupts; nobody waits longer for it, because the verdict is known.
_GONE_TIMEOUT_S = 1.5
_MOST_THREADS = 32


def memory_file(data: bytes) -> int:
    """Return a descriptor of a sealed memory file with `data`, read-only; the caller closes it."""
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
    """Return a pipe with a non-blocking reading end, as large as the system allows."""
    reader, writer = os.pipe()
    with contextlib.suppress(OSError):  # an ordinary user's memory for pipes is limited
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    os.set_blocking(reader, False)
    os.fchmod(writer, 0o666)  # so that a program may open /dev/stdout by its name
    return reader, writer


@dataclass(slots=True)
class Channels:
    """The supervisor's ends of a child's channels, and its pidfds: `pidfd` of process 1 of its
    namespace, `case_pidfd` of the child itself; see `runner.protocol`."""

    control: socket.socket
    job: socket.socket
    stdout: int
    stderr: int
    result: int
    pidfd: int = -1
    case_pidfd: int = -1
    folder: int = -1
    """The child's own folder if the kernel doesn't limit its size; else -1."""


class JailedChild:
    """A child that has sent READY. Used by one thread at a time; `close` releases everything.

    `stay` keeps it for its program's next run.
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
        """Whether it still waits for a job: no message has come, and no connection has closed."""
        channels = self.channels
        return not wait_readable([channels.control.fileno(), channels.job.fileno()], 0.0)

    def begin(self, job: Job, stdin: bytes | int, memory_bytes: int) -> None:
        """Deliver the job; from here on the run's time and memory count.

        `stdin` is the standard input, or a descriptor of it, which `begin` closes.
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
        """Whether the child can take `job` after its last job."""
        if self._job is None:
            return False
        return replace(self._job, argv=job.argv, box=job.box, cpu=job.cpu) == job

    def cpu_s(self) -> float:
        """Return the CPU seconds used since the job's delivery, as far as known while it runs."""
        if self.group is not None:
            return self.group.cpu_s()
        return max(0.0, self._look() - self._base.cpu_s)

    def threads(self) -> list[int]:
        """Return the ids of the run's threads that can be seen, at most `_MOST_THREADS`."""
        with contextlib.suppress(OSError):
            if self.group is not None:
                return self.group.threads()[:_MOST_THREADS]
            with os.scandir(f"/proc/{self._find_pid()}/task") as tasks:  # reads only these entries
                return [int(task.name) for task in islice(tasks, _MOST_THREADS)]
        return []  # the run has ended

    def is_thrashing(self) -> bool:
        """Whether the run is slow only because it lacks memory; see `Group`."""
        return self.group is not None and self.group.is_thrashing()

    def seen_so_far(self) -> Ended:
        """Return the usage of a killed child that hasn't ended yet; memory is unknown, so 0."""
        return Ended(-signal.SIGKILL, self._look() if self.group is None else 0.0, 0)

    @property
    def is_bounded(self) -> bool:
        """Whether the kernel limits the size of its folder."""
        return self.channels.folder < 0

    def overruns(self, threads: int) -> Ending | None:
        """Return the ending for a run that exceeds its folder's size or its number of threads; None
        if it doesn't, or if the kernel enforces these limits."""
        if self.is_bounded:
            return None
        most = (self.request.scratch_bytes, self.request.scratch_files)
        if scratch.overfills(self.channels.folder, *most):
            return Ending.OUTPUT_LIMIT
        try:
            stat = Path(f"/proc/{self._find_pid()}/stat").read_text(errors="replace")
        except OSError:
            return None  # the run has ended
        running = int(stat_fields(stat)[NUM_THREADS])
        return Ending.SIGNALED if running > threads else None

    def set_base(self, base: Ended) -> None:
        """Store the usage from READY, which is subtracted from the final usage, and the name of
        the folder, which still exists at this moment."""
        self._base = base
        if not self.is_bounded:
            self._folder_name = bytes(Path(f"/proc/self/fd/{self.channels.folder}").readlink())

    def since_ready(self, ended: Ended) -> Ended:
        """Return the child's usage after READY; without groups no other figures exist."""
        resident = ended.resident_bytes - self._base.resident_bytes
        return Ended(ended.code, max(0.0, ended.cpu_s - self._base.cpu_s), max(0, resident))

    def _look(self) -> float:
        """Return the CPU seconds that the child's process has used so far, without groups."""
        pid = self._find_pid()
        if pid < 0:
            return self._seen_cpu_s
        with contextlib.suppress(OSError):  # the process has ended; EXITED will bring its usage
            # The kernel's number for the CPU clock of that process.
            self._seen_cpu_s = time.clock_gettime((~pid << 3) | 2)
        return self._seen_cpu_s

    def is_leaving(self) -> bool:
        """Whether its process is exiting or has ended; EXITED comes after the whole namespace has
        ended, which may take the kernel tens of milliseconds."""
        if wait_readable([self.channels.case_pidfd], 0.0):
            return True
        pid = self._find_pid()
        return pid > 0 and start_time(pid) is None

    def _find_pid(self) -> int:
        if self._case_pid < 0:
            # Its id in the worker's namespace; the kernel doesn't show it after the process's end.
            told = Path(f"/proc/self/fdinfo/{self.channels.case_pidfd}").read_text().splitlines()
            pids = [line.split()[1] for line in told if line.startswith("Pid:")]
            self._case_pid = int(pids[0]) if pids else -1
        return self._case_pid

    def without_folder(self, text: bytes) -> bytes:
        """Return `text` for users, without the machine's path of the folder behind /box."""
        return text if self.is_bounded else text.replace(self._folder_name, b"")

    def kill(self) -> None:
        """Kill the child and all processes that it started; EXITED says that they have ended."""
        self._killed_at = self._killed_at or time.monotonic()
        try:
            signal.pidfd_send_signal(self.channels.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended already
        except PermissionError:  # the child has another user id: the server kills it for us
            with contextlib.suppress(OSError):  # the server has ended, and with it the child
                self.channels.control.send(KILL)

    def read_exited(self) -> Ended:
        """Read EXITED, which must have arrived; raises SandboxError if the server has died."""
        try:
            data = self.channels.control.recv(CONTROL_BYTES)
            ended = decode_ended(EXITED, data)
        except (OSError, ProtocolError) as error:
            raise SandboxError("the fork server has died") from error
        self._gone = True
        return ended

    def kill_and_wait(self) -> Ended | None:
        """Kill the child and all processes that it started; return how it ended.

        Return None if it doesn't end soon, or if the server that reports it has died.
        """
        self.kill()
        assert self._killed_at is not None
        left_s = self._killed_at + _GONE_TIMEOUT_S - time.monotonic()
        if not wait_readable([self.channels.control.fileno()], max(0.0, left_s)):
            return None
        try:
            return self.read_exited()
        except SandboxError:  # the server has died: ask the kernel
            left_s = self._killed_at + _GONE_TIMEOUT_S - time.monotonic()
            self._gone = wait_readable([self.channels.pidfd], max(0.0, left_s))
            return None

    def hear(self) -> Ended | None:
        """Read the job channel. Return how the program ended if the child stays for another job,
        else None. Raises SandboxError on FAILED: only the runner can send it, before the
        submission starts."""
        try:
            data = self.channels.job.recv(CONTROL_BYTES)
        except OSError:  # no message
            return None
        if data[:1] == FAILED:
            raise SandboxError(f"the job failed: {data[1:].decode(errors='replace')}")
        if data[:1] != READY:
            return None
        self._rests = True
        return decode_ended(READY, data)

    def leave(self) -> None:
        """Keep the child for its program's next run, if it is ready for one; else close it."""
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
        """Kill the processes that still run, wait briefly for their end, and release everything."""
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
        """Release the resources of a child that never became ready."""
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
        """Give the group back; while its processes still run, no other child gets it."""
        if self.group is None or self._groups is None:
            return
        if self._gone:
            self._groups.give_back(self.group)
        else:
            self._groups.put_aside(self.group)


def spawn(control: socket.socket, request: Spawn, groups: GroupPool | None) -> JailedChild:
    """Ask the fork server behind `control` for a child and wait until it is ready.

    Raises SandboxError if the server has ended or the jail could not be made. From here on
    `control` belongs to the child; on an error it is closed.
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
                os.close(fd)  # so that the other ends notice when the child's are closed
        child.set_base(_await_child(channels))
    except (OSError, SandboxError, ProtocolError) as error:
        child.abandon()
        raise SandboxError(f"no jail: {error}") from error
    return child


def _await_child(channels: Channels) -> Ended:
    """Wait for SPAWNED with its descriptors, then for READY; return the child's usage so far."""
    data, fds, _, _ = socket.recv_fds(channels.control, CONTROL_BYTES, 3, socket.MSG_CMSG_CLOEXEC)
    if data[:1] != SPAWNED or len(fds) < 2:
        raise SandboxError(data[1:].decode(errors="replace") or "the fork server hung up")
    channels.pidfd, channels.case_pidfd, channels.folder = [*fds, -1][:3]
    said = channels.job.recv(CONTROL_BYTES)
    if said[:1] != READY:
        reason = said[1:].decode(errors="replace") if said[:1] == FAILED else "it ended"
        raise SandboxError(f"the child could not enter its jail: {reason}")
    return decode_ended(READY, said)
