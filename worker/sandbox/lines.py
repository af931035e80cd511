"""The lines that carry the bytes of a conversation: the wire, which records, and plain pipes.

Descriptors. A side's output is a pipe whose reading end the worker has. The wire gives each side an
input pipe of its own and copies. With plain pipes a side's input is the other's output pipe, opened
again by its name in /proc, so that the worker's end stays non-blocking and the side's end blocks.
The worker holds a writing end too: as long as it does, the reader can't see that the writer ended.
"""

import fcntl
import math
import os
import select
import termios
import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from judge.result import Ending
from worker.sandbox.supervisor import Supervision

MOST_TURNS = 1000
"""The wire aborts a conversation after this number of turns: about 10 milliseconds."""
_READ_BYTES = 1 << 16
_KEPT_BYTES = 1 << 16
"""How much of each side's output is kept, to be shown."""
_LISTEN_MS = 20
_NOTHING = (-1, 0)
"""No descriptor to wait for, and no event."""


class Line(Protocol):
    """Connects two sides: 0 is the party, whose output is limited, 1 its partner, whose output is
    not counted."""

    gave_up: bool
    """Whether the conversation was aborted because it is too long for this line."""

    def input_of(self, at: int) -> int:
        """Return the descriptor of side `at`'s input; the caller closes it."""

    def closed_outputs(self) -> Sequence[int]:
        """Return the sides whose output may be closed. Call it *before* checking whether a side
        runs, because a program that ends closes its output first."""

    def hand_on_closed_outputs(self, sides: Sequence[int]) -> None:
        """End the other side's input for each of `sides` whose output is closed; both are idle."""

    def speaker_gone(self, at: int) -> None:
        """Side `at` has ended: deliver the rest of its output, then end the other's input."""

    def listen(self, at: int, is_over: Callable[[], bool]) -> None:
        """Read and count side `at`'s output, which has no reader any more, until `is_over()`."""

    def stop(self) -> None:
        """Release everything, after both sides have ended."""

    def said(self, at: int) -> bytes:
        """Return the start of side `at`'s output, if it was recorded; call it after `stop`."""

    def unread_bytes(self) -> int:
        """Return how many bytes of the party's output are unread, as far as known."""


@dataclass(slots=True)
class _Lane:
    """One direction: from a program's output (`source`) to the other's input (`sink`).

    `sink` is -1 after it is closed; `ending` means that no more output will come, so that `sink` is
    closed when the rest is delivered.
    """

    source: int
    sink: int
    limit: float
    speaker: Supervision
    pending: bytes = b""
    said: bytearray = field(default_factory=bytearray)
    counted: int = 0
    open: bool = True
    ending: bool = False
    awaited: tuple[int, int] = _NOTHING

    def await_with(self, poll: "select.poll") -> None:
        """Let `poll` wait for what this direction needs next: output to read, or room to write."""
        if self.pending:
            wanted = (self.sink, select.POLLOUT)
        else:
            wanted = (self.source, select.POLLIN) if self.open else _NOTHING
        if wanted == self.awaited:
            return
        if self.awaited != _NOTHING:
            poll.unregister(self.awaited[0])
        if wanted != _NOTHING:
            poll.register(*wanted)
        self.awaited = wanted

    def step(self) -> bool:
        """Copy what can be copied without waiting; return whether there was new output."""
        heard = False
        if not self.pending:
            heard = self._read()
        if self.pending:
            self._write()
        if self.ending and not self.open and not self.pending:
            self.close_sink()
        return heard

    def finish(self) -> None:
        """Deliver the rest of the pipe, after all the speaker's processes have ended."""
        self.ending = True
        while self.open and not self.pending:
            self.step()
        self.step()

    def close_sink(self) -> None:
        """Close the other side's input, so that it reads the end."""
        if self.sink >= 0:
            os.close(self.sink)
            self.sink = -1
            self.pending = b""

    def _read(self) -> bool:
        try:
            data = os.read(self.source, _READ_BYTES)
        except BlockingIOError:
            self.open = not self.ending
            return False
        self.open = bool(data)
        self.counted += len(data)
        self.said += data[: _KEPT_BYTES - len(self.said)]
        if self.counted > self.limit and not self.ending:
            self.speaker.interrupt(Ending.OUTPUT_LIMIT)
        self.pending = data if self.sink >= 0 else b""
        return bool(data)

    def _write(self) -> None:
        try:
            written = os.write(self.sink, self.pending)
        except BlockingIOError:
            return
        except BrokenPipeError:  # the other side has closed its input
            self.close_sink()
            return
        self.pending = self.pending[written:]


class Wire:
    """A thread that copies bytes both ways until it is told to stop. See `Line`."""

    def __init__(self, sides: tuple[Supervision, Supervision], most_bytes: int) -> None:
        self.gave_up = False
        self._sides = sides
        self._inputs: list[int] = []
        writers: list[int] = []
        for _ in sides:
            reader, writer = os.pipe()
            os.set_blocking(writer, False)
            self._inputs.append(reader)
            writers.append(writer)
        self._lanes = (
            _Lane(sides[0].stdout_fd, writers[1], most_bytes, sides[0]),
            _Lane(sides[1].stdout_fd, writers[0], math.inf, sides[1]),
        )
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._orders: list[Callable[[], None]] = []
        self._stopped = False
        self._turns = 0
        self._last: _Lane | None = None
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()

    def input_of(self, at: int) -> int:
        """See Line."""
        return self._inputs[at]

    def closed_outputs(self) -> Sequence[int]:
        """See Line."""
        return [at for at, lane in enumerate(self._lanes) if not lane.open]

    def hand_on_closed_outputs(self, sides: Sequence[int]) -> None:
        """See Line."""
        self._order(partial(self._finish, sides))

    def speaker_gone(self, at: int) -> None:
        """See Line."""
        self._order(self._lanes[at].finish)

    def listen(self, at: int, is_over: Callable[[], bool]) -> None:
        """See Line: the thread already does it."""

    def stop(self) -> None:
        """See Line."""
        self._stopped = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        for lane in self._lanes:
            lane.close_sink()
            lane.finish()  # the thread may have stopped before it read the last output

    def said(self, at: int) -> bytes:
        """See Line."""
        return bytes(self._lanes[at].said)

    def unread_bytes(self) -> int:
        """See Line: the thread reads all output."""
        return 0

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        os.eventfd_write(self._wake, 1)

    def _finish(self, sides: Sequence[int]) -> None:
        for at in sides:
            if not self._lanes[at].ending:
                self._lanes[at].finish()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while not self._stopped:
            # This seldom changes anything: most output is read and copied at once.
            for lane in self._lanes:
                lane.await_with(poll)
            for fd, _ in poll.poll():
                if fd == self._wake:
                    os.eventfd_read(fd)
                    while self._orders:
                        self._orders.pop(0)()
                    continue
                for lane in self._lanes:
                    # An order in the same poll may have closed this descriptor.
                    if fd == lane.awaited[0] and lane.step():
                        self._count(lane)

    def _count(self, lane: _Lane) -> None:
        """Count a turn if the other side spoke before; abort after `MOST_TURNS`."""
        self._turns += lane is not self._last
        self._last = lane
        if self._turns > MOST_TURNS and not self.gave_up:
            self.gave_up = True
            for side in self._sides:
                side.interrupt(Ending.SIGNALED)


class Pipes:
    """Plain pipes: each side reads the other's output pipe directly. See `Line`."""

    gave_up = False

    def __init__(self, sides: tuple[Supervision, Supervision], most_bytes: int) -> None:
        self._sides = sides
        self._most_bytes = most_bytes
        self._holds = [_opened(side.stdout_fd, os.O_WRONLY) for side in sides]

    def input_of(self, at: int) -> int:
        """See Line."""
        return _opened(self._sides[1 - at].stdout_fd, os.O_RDONLY)

    def closed_outputs(self) -> Sequence[int]:
        """See Line: the worker can't see it, so any of them may be."""
        return range(2)

    def hand_on_closed_outputs(self, sides: Sequence[int]) -> None:
        """See Line. To learn whether another process holds a pipe's end, we must close ours."""
        for at in sides:
            if self._holds[at] >= 0:
                self._release(at)
                stdout_fd = self._sides[at].stdout_fd
                if not _has_no_writer(stdout_fd):
                    self._holds[at] = _opened(stdout_fd, os.O_WRONLY)

    def speaker_gone(self, at: int) -> None:
        """See Line."""
        self._release(at)

    def listen(self, at: int, is_over: Callable[[], bool]) -> None:
        """See Line."""
        left, fd = math.inf if at else self._most_bytes, self._sides[at].stdout_fd
        self._release(at)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while not is_over():
            if not poll.poll(_LISTEN_MS):
                continue
            data = os.read(fd, _READ_BYTES)
            if not data:
                return
            left -= len(data)
            if left < 0:
                self._sides[at].interrupt(Ending.OUTPUT_LIMIT)

    def stop(self) -> None:
        """See Line."""
        for at in range(2):
            self._release(at)

    def said(self, at: int) -> bytes:  # noqa: ARG002 nothing was recorded
        """See Line."""
        return b""

    def unread_bytes(self) -> int:
        """See Line."""
        number = array("i", [0])
        fcntl.ioctl(self._sides[0].stdout_fd, termios.FIONREAD, number)
        return number[0]

    def _release(self, at: int) -> None:
        if self._holds[at] >= 0:
            os.close(self._holds[at])
            self._holds[at] = -1


def _opened(pipe: int, access: int) -> int:
    """Return a new descriptor of a pipe, blocking, for the end that `access` names."""
    return os.open(f"/proc/self/fd/{pipe}", access | os.O_CLOEXEC)


def _has_no_writer(reader: int) -> bool:
    poll = select.poll()
    poll.register(reader, 0)
    return bool(poll.poll(0))
