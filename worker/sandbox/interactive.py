"""Runs two jailed programs that exchange messages (a conversation).

Theory of operation. A Supervision watches each side in a thread of its own, as for any run. A
*line* (`lines`) carries the bytes between the sides; there are two kinds. The *wire* is a thread of
the worker that copies both ways, so it can record the messages; it costs about 10 microseconds per
message, and each side has to wait for this thread. *Plain pipes* cost nothing: each side's output
is the other's input, and nothing is recorded. If only the outcome matters, a conversation runs on
plain pipes, and runs again on the wire if its outcome makes the messages worth showing
(`docs/decisions/0051-who-is-refused-is-listened-to.md`). If the messages are needed in any case, it
begins on the wire. A conversation with more than `lines.MOST_TURNS` turns is aborted there and
starts again on plain pipes: so short ones can be shown, and long ones are as fast as two programs
on a shell's pipes (`docs/decisions/0021-long-conversations-begin-again.md`).

A side reads the end of its input *because the other has ended* only after the worker has noticed
that end. So the order of the two ends is known without a race, and a program that fails because its
partner has ended can be told from one that ended by itself. A side may also close its output and
continue; that ends the partner's input too, and takes effect when both sides are idle.

What each failure does: a side that exceeds a limit is ended, and the other reads the end of its
input. Output after the other side's end is counted and discarded. SandboxError from either side
ends both.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace

from judge.result import Ending, RunResult
from worker.sandbox.base import HearIf, Interaction
from worker.sandbox.lines import Line, Pipes, Wire
from worker.sandbox.supervisor import Supervision

_LOOK_EVERY_S = 0.025
_AT_REST = 0.02
"""The share of a CPU that an idle program may use: e.g. Java's runtime has timers that go on."""

Sides = tuple[Supervision, Supervision]


def interact(
    begin: Callable[[], Sides],
    most_bytes: int,
    goes_on: Callable[[RunResult], bool],
    threads: Executor,
    hear_if: HearIf | None = None,
) -> Interaction:
    """Run one conversation until both sides have ended; raises SandboxError.

    `begin` starts the sides, in fresh jails: the party, then its partner. The party may write
    `most_bytes`, as far as they are counted. Each side is watched in one of the `threads`. For
    `hear_if` see `Sandbox.interact`.
    """

    def converse(connect: Callable[[Sides], Line]) -> tuple[Interaction, bool]:
        """Run it once; return the outcome, and whether the line aborted it."""
        sides = begin()
        try:
            line = connect(sides)
            return _Conversation(sides, line, goes_on).run(threads), line.gave_up
        finally:
            for side in sides:
                side.close()

    def unheard() -> Interaction:
        return replace(converse(lambda sides: Pipes(sides, most_bytes))[0], unheard=True)

    first = None
    if hear_if is not None:
        first = unheard()
        if not hear_if(first):
            return first
    heard, went_on = converse(lambda sides: Wire(sides, most_bytes))
    if went_on:
        whole = first or unheard()
        return replace(
            whole,
            run=replace(whole.run, stdout=heard.run.stdout),
            partner=replace(whole.partner, stdout=heard.partner.stdout),
        )
    if first is not None and hear_if is not None and not hear_if(heard):
        return first  # a better second outcome must not count
    return heard


class _Conversation:
    def __init__(self, sides: Sides, line: Line, goes_on: Callable[[RunResult], bool]) -> None:
        self._sides = sides
        self._line = line
        self._goes_on = goes_on
        self._looked_at = time.monotonic()
        self._used_s: tuple[float, float] | None = None

    def run(self, threads: Executor) -> Interaction:
        """Run both sides, and stop the line; raises SandboxError."""
        futures: list[Future[tuple[float, RunResult]]] = []
        try:
            inputs = [self._line.input_of(at) for at in range(2)]
            for side, input_fd in zip(self._sides, inputs, strict=True):
                futures.append(threads.submit(_timed, side, input_fd))
            first = self._follow(futures)
        finally:
            wait(futures)  # the caller closes the descriptors that they use
            self._line.stop()  # from here on all output is read
        results = [one.result()[1] for one in futures]
        run, partner = (
            replace(result, stdout=self._line.said(at), kept=self._sides[at].files())
            for at, result in enumerate(results)
        )
        return Interaction(
            run, partner, partner_first=first == 1, unread_bytes=self._line.unread_bytes()
        )

    def _follow(self, futures: list[Future[tuple[float, RunResult]]]) -> int:
        """Wait for one side to end, let the other know it, and return the number of the first."""
        while not (done := wait(futures, _LOOK_EVERY_S, FIRST_COMPLETED).done):
            closed = self._line.closed_outputs()
            if not closed:
                self._used_s = None
            elif self._are_at_rest():
                self._line.hand_on_closed_outputs(closed)
        # If both have ended, a failed one counts as first, then the earlier one.
        first = min(
            (at for at in range(2) if futures[at] in done),
            key=lambda at: -1.0 if futures[at].exception() else futures[at].result()[0],
        )
        failed = futures[first].exception() is not None
        if failed or (first == 1 and not self._goes_on(futures[1].result()[1])):
            self._sides[1 - first].interrupt(Ending.SIGNALED)
        self._line.speaker_gone(first)
        self._line.listen(1 - first, futures[1 - first].done)
        return first

    def _are_at_rest(self) -> bool:
        """Whether both sides were idle since the last call and neither is exiting: a side's end
        must not be taken for a closed output. (On a busy machine it may take long until a
        process's end is noticed.) The first call returns False."""
        now, used_s = time.monotonic(), (self._sides[0].cpu_s(), self._sides[1].cpu_s())
        before_s, most_s = self._used_s, (now - self._looked_at) * _AT_REST
        self._looked_at, self._used_s = now, used_s
        if before_s is None:
            return False
        if any(used - before > most_s for used, before in zip(used_s, before_s, strict=True)):
            return False
        return not any(side.is_leaving() for side in self._sides)


def _timed(side: Supervision, input_fd: int) -> tuple[float, RunResult]:
    result = side.run(input_fd)
    return time.monotonic(), result
