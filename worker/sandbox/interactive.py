"""Two jailed programs that speak with each other, over two pipes each.

Theory of operation. Neither jail holds a descriptor that the other one has: each has its own pipes
to us, and the *wire*, one thread, carries the bytes across. Each side is watched by a Supervision
in a thread of its own, as any run is. Nobody sees the end of his input before the other side has
ended *and we have noticed*: so who ended first is a fact and not a race, and a program that fails
because its partner has left can always be told from one that left.

What each failure does: a side that passes a limit ends by it, and the other is told by the end of
its input. What one says after the other has ended is counted and thrown away. SandboxError from
either side ends both.
"""

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from judge.result import Ending, RunResult
from worker.sandbox.base import Interaction
from worker.sandbox.supervisor import Supervision

_READ_BYTES = 1 << 16
_KEPT_BYTES = 1 << 16
"""Of what each side says, so much is kept, to be shown."""


@dataclass(slots=True)
class _Lane:
    """One direction: from a program's output (`source`) to the other's input (`sink`).

    `sink` is -1 once it is closed; `ending` tells that the speaker is gone, so that it is closed
    when the rest is delivered.
    """

    source: int
    sink: int
    limit: int
    speaker: Supervision
    pending: bytes = b""
    said: bytearray = field(default_factory=bytearray)
    counted: int = 0
    open: bool = True
    ending: bool = False

    def wants(self) -> tuple[int, int]:
        """What to wait for: a descriptor and an event; -1 for nothing."""
        if self.pending:
            return self.sink, select.POLLOUT
        return (self.source, select.POLLIN) if self.open else (-1, 0)

    def step(self) -> None:
        """Carry what can be carried without waiting."""
        if not self.pending:
            self._read()
        if self.pending:
            self._write()
        if self.ending and not self.open and not self.pending:
            self.close_sink()

    def finish(self) -> None:
        """The speaker is gone, and all its processes: what it said is in the pipe."""
        self.ending = True
        while self.open and not self.pending:
            self.step()
        self.step()

    def close_sink(self) -> None:
        """The listener sees the end of its input."""
        if self.sink >= 0:
            os.close(self.sink)
            self.sink = -1
            self.pending = b""

    def _read(self) -> None:
        try:
            data = os.read(self.source, _READ_BYTES)
        except BlockingIOError:
            self.open = not self.ending
            return
        self.open = bool(data)
        self.counted += len(data)
        self.said += data[: _KEPT_BYTES - len(self.said)]
        if self.counted > self.limit and not self.ending:
            self.speaker.interrupt(Ending.OUTPUT_LIMIT)
        self.pending = data if self.sink >= 0 else b""

    def _write(self) -> None:
        try:
            written = os.write(self.sink, self.pending)
        except BlockingIOError:
            return
        except BrokenPipeError:  # nobody listens any more
            self.close_sink()
            return
        self.pending = self.pending[written:]


class _Wire:
    """The thread that carries bytes both ways until it is told to stop."""

    def __init__(self, lanes: tuple[_Lane, _Lane]) -> None:
        self._lanes = lanes
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._gone: list[_Lane] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()

    def speaker_gone(self, lane: _Lane) -> None:
        """Deliver what is left of it, then let the listener see the end."""
        self._gone.append(lane)
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """End the thread and close what it held."""
        self._stopped = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        for lane in self._lanes:
            lane.close_sink()

    def _run(self) -> None:
        while not self._stopped:
            poll = select.poll()
            poll.register(self._wake, select.POLLIN)
            wanted = {}
            for lane in self._lanes:
                fd, event = lane.wants()
                if fd >= 0:
                    wanted[fd] = lane
                    poll.register(fd, event)
            for fd, _ in poll.poll():
                if fd in wanted:
                    wanted[fd].step()
            self._take_orders()

    def _take_orders(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        while self._gone:
            self._gone.pop().finish()


class Conversation:
    """One conversation, from the first byte to both ends. `sides` is the party, then its partner;
    `caps` is how many bytes each may say. The caller closes the sides."""

    def __init__(
        self,
        sides: tuple[Supervision, Supervision],
        caps: tuple[int, int],
        goes_on: Callable[[RunResult], bool],
    ) -> None:
        self._sides = sides
        self._goes_on = goes_on
        ears: list[int] = []
        mouths: list[int] = []
        for _ in sides:
            reader, writer = os.pipe()
            os.set_blocking(writer, False)
            ears.append(reader)
            mouths.append(writer)
        self._ears = ears
        self._lanes = (
            _Lane(sides[0].stdout_fd, mouths[1], caps[0], sides[0]),
            _Lane(sides[1].stdout_fd, mouths[0], caps[1], sides[1]),
        )

    def run(self) -> Interaction:
        """Let them speak; raises SandboxError."""
        wire = _Wire(self._lanes)
        try:
            with ThreadPoolExecutor(max_workers=2) as pool:
                futures = [
                    pool.submit(_timed, side, ear)
                    for side, ear in zip(self._sides, self._ears, strict=True)
                ]
                first = self._follow(wire, futures)
            results = [one.result()[1] for one in futures]
        finally:
            wire.stop()
        run, partner = (
            replace(result, stdout=bytes(lane.said), kept=side.files())
            for result, lane, side in zip(results, self._lanes, self._sides, strict=True)
        )
        return Interaction(run, partner, partner_first=first == 1)

    def _follow(self, wire: _Wire, futures: list[Future[tuple[float, RunResult]]]) -> int:
        """Wait for both to end, telling the second of the first's end; which was the first."""
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        first = min(
            (at for at in range(2) if futures[at] in done), key=lambda at: _ended_at(futures[at])
        )
        failed = futures[first].exception() is not None
        if failed or (first == 1 and not self._goes_on(futures[1].result()[1])):
            self._sides[1 - first].interrupt(Ending.SIGNALED)
        wire.speaker_gone(self._lanes[first])
        wait(futures)
        wire.speaker_gone(self._lanes[1 - first])
        return first


def _timed(side: Supervision, ear: int) -> tuple[float, RunResult]:
    result = side.run(ear)
    return time.monotonic(), result


def _ended_at(future: Future[tuple[float, RunResult]]) -> float:
    return -1.0 if future.exception() else future.result()[0]
