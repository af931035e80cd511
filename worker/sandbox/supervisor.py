"""Watches one run from outside and determines how it ended.

Theory of operation. After the job is delivered, this loop waits on five descriptors at once: the
control channel (how the child ended, when all its processes have ended), the job channel (whether
the child could begin; how its program ended, if the child stays for the next job), and the three
pipes. It reads the CPU time from the cgroup, more often near the limit and not at all in a short
run, and kills the run when it exceeds a limit. A group that again and again reads the dropped pages
of its own code has exceeded its memory limit. No message from the child can block the loop: it ends
when the server reports the child's end, or a limited time after a kill.

What each failure does: a child that never became ready is the judge's fault (SandboxError). After
that only the server's death within all limits is the judge's fault; every other event is the
submission's doing and becomes an Ending. A killed run that doesn't end, because it is in a system
call that no signal interrupts, is put aside with its control group: its ending is known, and
nothing waits for it.
"""

import os
import select
import threading
import time
from dataclasses import dataclass, field, replace

from judge.limits import Limits, Usage
from judge.result import Ending, Reply, ReplyKind, RunResult, Stream
from runner import protocol
from runner.protocol import Ended, FrameKind, Job, Mode, ProtocolError
from worker.sandbox.cgroup.groups import Spent
from worker.sandbox.child import JailedChild
from worker.sandbox.pressure import Stopwatch, any_awaits_cpu
from worker.sandbox.stop import Stop

_READ_BYTES = 1 << 16
_LEAST_WAIT_S = 0.005
_LONGEST_WAIT_S = 0.5
_LONGEST_UNBOUNDED_S = 0.1
_THRASHING_CPU_S = 1.0
_KILLED_CPU_SHARE = 0.95
_SIGKILL, _SIGXCPU, _SIGSYS = -9, -24, -31
_OUT_OF_MEMORY_WORDS = (
    b"MemoryError",
    b"DefaultCPUAllocator: can't allocate memory",
    b"std::bad_alloc",
    b"java.lang.OutOfMemoryError",
    b"JavaScript heap out of memory",
)
_TAIL_BYTES = 4096
_KINDS = {
    FrameKind.ANSWER: ReplyKind.ANSWER,
    FrameKind.EXCEPTION: ReplyKind.EXCEPTION,
    FrameKind.SYNTAX: ReplyKind.SYNTAX,
    FrameKind.FILES: ReplyKind.ANSWER,
}


@dataclass(slots=True)
class _Output:
    """The data read from one pipe so far."""

    fd: int
    limit: int
    stream: Stream
    data: bytearray = field(default_factory=bytearray)
    open: bool = True

    def read(self) -> bool:
        """Read the available data; return False if the limit is exceeded."""
        try:
            part = os.read(self.fd, _READ_BYTES)
        except BlockingIOError:
            return True
        self.open = bool(part)
        self.data += part
        return len(self.data) <= self.limit

    def drain(self) -> bool:
        """Read to the end, after all writers have ended; return False if the limit is exceeded."""
        while self.open:
            before = len(self.data)
            if not self.read():
                return False
            if self.open and len(self.data) == before:
                break
        return True


class Supervision:
    """One run, from the job's delivery to its result."""

    def __init__(
        self,
        child: JailedChild,
        job: Job,
        limits: Limits,
        result_bytes: int,
        stop: Stop | None = None,
        *,
        relayed: bool = False,
    ) -> None:
        """`stop` may end the run from outside; `relayed`: other code reads the standard output."""
        self._child = child
        self._stop = stop or Stop()
        self._job = job
        self._limits = limits
        channels = child.channels
        self._stdout = _Output(channels.stdout, limits.output_bytes, Stream.OUTPUT)
        self._stderr = _Output(channels.stderr, limits.output_bytes, Stream.ERROR)
        overhead = protocol.FRAME_OVERHEAD_BYTES
        self._result = _Output(channels.result, result_bytes + overhead, Stream.ANSWER)
        self._result_bytes = result_bytes
        read_here = [self._stderr, self._result] + [self._stdout] * (not relayed)
        self._outputs = {one.fd: one for one in read_here}
        self._counting = threading.Lock()
        self._interrupt = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._asked_ending: Ending | None = None
        self._partner: Supervision | None = None
        self._stopwatch: Stopwatch | None = None
        self._passed: Ending | None = None
        self._overflow: Stream | None = None
        self._exited: Ended | None = None

    @property
    def stdout_fd(self) -> int:
        """The non-blocking descriptor from which its standard output can be read."""
        return self._stdout.fd

    def cpu_s(self) -> float:
        """Return the CPU seconds so far; any thread may call it, but only before `close`."""
        with self._counting:
            return self._child.cpu_s()

    def busy_s(self) -> float:
        """Return how long it has computed or waited for a CPU so far; any thread may call it, but
        only before `close`."""
        stopwatch = self._stopwatch
        return 0.0 if stopwatch is None else self._see(stopwatch) + stopwatch.waited_s

    def awaits_cpu(self) -> bool:
        """Whether it could compute, but waits for a CPU; any thread may call it, but only before
        `close`."""
        with self._counting:
            threads = self._child.threads()
        return any_awaits_cpu(threads)

    def speak_with(self, partner: "Supervision") -> None:
        """Make the run one side of a conversation: time in which `partner` is busy, while the run
        does not compute, doesn't count against the run's limit on wall time."""
        self._partner = partner

    def is_leaving(self) -> bool:
        """Whether the run is ending; any thread may call it, but only before `close`.

        The program may have a parent process in the jail, which sends back its files. Then the
        program's end shows as the end of its standard error: honest programs close it only by
        ending.
        """
        poll = select.poll()
        poll.register(self._stderr.fd, 0)  # reports its end, but not its data
        return self._child.is_leaving() or bool(poll.poll(0))

    def interrupt(self, ending: Ending) -> None:
        """Make the run end soon, as `ending`; for other threads, and only before `close`."""
        self._asked_ending = ending
        os.eventfd_write(self._interrupt, 1)

    def _give_up(self) -> None:
        self.interrupt(Ending.SIGNALED)

    def close(self) -> None:
        """Release the child."""
        self._child.leave()
        os.close(self._interrupt)

    def run(self, stdin: bytes | int) -> RunResult:
        """Deliver the job, watch it until its end, and return the result.

        `stdin` is the standard input, or a descriptor of it, which this method closes. Raises
        SandboxError, and RunStoppedError if its `Stop` was asked for.
        """
        with self._stop.ends(self._give_up):
            return self._run(stdin)

    def _run(self, stdin: bytes | int) -> RunResult:
        partner = self._partner
        stopwatch = Stopwatch(self._child.threads, partner.busy_s if partner else lambda: 0.0)
        self._child.begin(self._job, stdin, self._limits.memory_bytes)
        self._stopwatch = stopwatch
        self._watch(stopwatch)
        self._child.hear()
        wall_s = stopwatch.wall_s
        for output in self._outputs.values():
            if not output.drain():
                self._pass_output(output)
        spent, ended = self._spent(), self._exited
        with self._counting:
            stopwatch.see(spent.cpu_s)
        assert ended is not None
        reply = self._reply()
        ending = self._ending(spent, ended, reply)
        return RunResult(
            ending=ending,
            usage=Usage(spent.cpu_s, wall_s, spent.memory_bytes),
            waited_s=stopwatch.waited_s,
            listened_s=stopwatch.listened_s,
            exit_code=max(0, ended.code),
            signal=max(0, -ended.code),
            stdout=bytes(self._stdout.data[: self._limits.output_bytes]),
            stderr=self._child.without_folder(
                bytes(self._stderr.data[: self._limits.output_bytes])
            ),
            reply=reply,
            overflow=self._overflow if ending is Ending.OUTPUT_LIMIT else None,
            machine_lacked_memory=spent.lost_process and not spent.reached_limit,
        )

    def frame(self) -> protocol.Frame | None:
        """Return the frame on the result channel; None if it is empty. Raises ProtocolError."""
        data = bytes(self._result.data)
        return protocol.decode_frame(data, self._result_bytes) if data else None

    def files(self) -> dict[str, bytes]:
        """Return the files that the run sent back; none if it sent no valid frame of files."""
        try:
            frame = self.frame()
            if frame is None or frame.kind is not FrameKind.FILES:
                return {}
            return protocol.decode_files(frame.payload)
        except ProtocolError:
            return {}

    def _watch(self, stopwatch: Stopwatch) -> None:
        poll = select.poll()
        channels = self._child.channels
        fds = (channels.control.fileno(), channels.job.fileno(), self._interrupt, *self._outputs)
        for fd in fds:
            poll.register(fd, select.POLLIN)
        deadline = time.monotonic() + self._limits.wall_s
        look_at = self._look_again_at(0.0, deadline)
        while self._exited is None:
            wait_s = max(0.0, look_at - time.monotonic())
            events = poll.poll(wait_s * 1000) if self._passed is None else ()
            for fd, _ in events:
                if not self._on_event(fd):
                    poll.unregister(fd)
            if self._exited is None and self._passed is None and time.monotonic() >= look_at:
                cpu_s = self._see(stopwatch)
                deadline = time.monotonic() + stopwatch.left_s(self._limits.wall_s)
                if cpu_s > self._limits.cpu_s:
                    self._passed = Ending.CPU_LIMIT
                elif time.monotonic() > deadline and not self._may_wait_on(stopwatch):
                    self._passed = Ending.WALL_LIMIT
                else:
                    self._passed = self._child.overruns(self._job.processes)
                # A run that mostly reads dropped pages again is slow only for lack of memory.
                late = self._passed is not None or cpu_s > _THRASHING_CPU_S
                if late and self._child.is_thrashing():
                    self._passed = Ending.MEMORY_LIMIT
                look_at = self._look_again_at(cpu_s, deadline)
            if self._passed is not None and self._exited is None:
                # A run that is slow to die, or whose server died meanwhile, still gets the ending
                # of the limit that it exceeded.
                self._exited = self._child.kill_and_wait() or self._child.seen_so_far()

    def _may_wait_on(self, stopwatch: Stopwatch) -> bool:
        """Whether the run, late as it is, or its partner waits for a CPU at this moment: then only
        its end will tell how long."""
        if not stopwatch.may_wait_on(self._limits.wall_s):
            return False
        return self.awaits_cpu() or (self._partner is not None and self._partner.awaits_cpu())

    def _see(self, stopwatch: Stopwatch) -> float:
        """Return the CPU seconds so far, and let the stopwatch see them."""
        with self._counting:
            cpu_s = self._child.cpu_s()
            stopwatch.see(cpu_s)
            return cpu_s

    def _look_again_at(self, cpu_s: float, deadline: float) -> float:
        """Return when to check the limits next, after `cpu_s` of CPU time: at the wall limit, or
        when all CPUs together may have reached the CPU limit."""
        wait_s = max(_LEAST_WAIT_S, (self._limits.cpu_s - cpu_s) / (os.cpu_count() or 1))
        longest_s = _LONGEST_WAIT_S if self._child.is_bounded else _LONGEST_UNBOUNDED_S
        return min(time.monotonic() + min(wait_s, longest_s), deadline)

    def _on_event(self, fd: int) -> bool:
        """Handle an event of one descriptor; return False if no more events will follow."""
        if fd in self._outputs:
            output = self._outputs[fd]
            if not output.read():
                self._pass_output(output)
            return output.open
        if fd == self._interrupt:
            self._passed = self._asked_ending
            if self._asked_ending is Ending.OUTPUT_LIMIT:  # the line that reads it has counted
                self._overflow = Stream.OUTPUT
            return False
        if fd == self._child.channels.job.fileno():
            self._exited = self._child.hear() or self._exited
            return False
        self._exited = self._child.read_exited()
        return False

    def _pass_output(self, output: _Output) -> None:
        if self._passed is None:
            self._passed, self._overflow = Ending.OUTPUT_LIMIT, output.stream

    def _spent(self) -> Spent:
        if self._child.group is not None:
            return self._child.group.spent()
        # Without groups: the kernel's figures of the one process (and those that it waited for).
        # Python reaches the limit of its address space first, and other programs maybe theirs.
        assert self._exited is not None
        used = self._child.since_ready(self._exited)
        over = used.resident_bytes > self._limits.memory_bytes
        return Spent(used.cpu_s, used.resident_bytes, lost_process=over, reached_limit=True)

    def _ending(self, spent: Spent, ended: Ended, reply: Reply | None) -> Ending:
        # A run that is ended for too many threads may have filled its memory with them by then.
        if spent.out_of_memory and self._passed is not Ending.SIGNALED:
            return Ending.MEMORY_LIMIT
        if self._passed is not None:
            return self._passed
        if ended.code == _SIGSYS:
            return Ending.FORBIDDEN
        killed = ended.code in (_SIGKILL, _SIGXCPU)
        if spent.cpu_s > self._limits.cpu_s * (_KILLED_CPU_SHARE if killed else 1.0):
            return Ending.CPU_LIMIT
        if spent.reached_limit and ended.code != 0 and self._lacked_memory(reply):
            return Ending.MEMORY_LIMIT
        return Ending.SIGNALED if ended.code < 0 else Ending.EXITED

    def _lacked_memory(self, reply: Reply | None) -> bool:
        """Whether the program's error text says that an allocation failed."""
        if reply is not None and reply.error_type.endswith("MemoryError"):
            return True
        tail = bytes(self._stderr.data[-_TAIL_BYTES:])
        return any(words in tail for words in _OUT_OF_MEMORY_WORDS)

    def _reply(self) -> Reply | None:
        """Return the reply on the result channel. An invalid one counts only if the job's mode
        requires a reply."""
        try:
            frame = self.frame()
        except ProtocolError as error:
            if self._job.mode not in (Mode.DRIVER, Mode.CHECK, Mode.COMPILE):
                return None
            return Reply(ReplyKind.MALFORMED, text=str(error))
        if frame is None or frame.kind is FrameKind.FILES:
            return None
        line = frame.line or None
        text = self._child.without_folder(frame.text.encode()).decode()
        return Reply(_KINDS[frame.kind], frame.payload, frame.error_type, line, text)


def supervise(
    child: JailedChild, job: Job, stdin: bytes, limits: Limits, stop: Stop | None = None
) -> RunResult:
    """Run `job` in a waiting child, and release the child. Raises the errors of
    `Supervision.run`."""
    run = Supervision(child, job, limits, limits.output_bytes, stop)
    try:
        result = run.run(stdin)
        return replace(result, kept=run.files()) if job.keep else result
    finally:
        run.close()


def supervise_compiler(
    child: JailedChild, job: Job, limits: Limits
) -> tuple[RunResult, dict[str, bytes]]:
    """Run a compiler's `job`; return its result and its files. Raises SandboxError."""
    run = Supervision(child, job, limits, job.keep_bytes)
    try:
        result = run.run(b"")
        return result, run.files() if result.ending is Ending.EXITED else {}
    finally:
        run.close()
