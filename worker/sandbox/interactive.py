"""Two jailed programs that speak with each other.

Theory of operation. Each side is watched by a Supervision in a thread of its own, as any run is.
What carries the bytes between them is a *line* (`lines`), of which there are two kinds. The *wire*
is a thread of ours that copies both ways and so knows what was said; it costs some 10 microseconds
a message, and makes each side wait for a third process. *Plain pipes* cost nothing: each side's
output is the other's input, and nobody listens in. Where it only matters how a conversation ends,
it has plain pipes, and is had once more on the wire if that end makes its words worth knowing
(`docs/decisions/0051-who-is-refused-is-listened-to.md`). Where they are wanted in any case, it
begins on the wire. There one that goes on for more than `lines.MOST_TURNS` turns is broken off, in
favour of one on plain pipes: so short ones can be shown, and long ones are as fast as two programs
on a shell's pipes (`docs/decisions/0021-long-conversations-begin-again.md`).

Nobody sees the end of their input *because the other has ended* before we have noticed that: so who
ended first is a fact and not a race, and a program that fails because its partner has left can
always be told from one that left. A side may also close its output and live on; that is the end of
the partner's input too. It is handed on when both sides have come to rest.

What each failure does: a side that passes a limit ends by it, and the other is told by the end of
its input. What one says after the other has ended is counted and thrown away. SandboxError from
either side ends both.
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
"""The share of a CPU that a program which waits may use: virtual machines have clocks that tick."""

Sides = tuple[Supervision, Supervision]


def interact(
    begin: Callable[[], Sides],
    most_bytes: int,
    goes_on: Callable[[RunResult], bool],
    threads: Executor,
    hear_if: HearIf | None = None,
) -> Interaction:
    """One conversation, from the first byte to both ends; raises SandboxError.

    `begin` makes the sides, in fresh jails: the party, then its partner. The party may say
    `most_bytes`, as far as that is counted. Each side is watched in one of the `threads`. About
    `hear_if` see `Sandbox.interact`.
    """

    def converse(connect: Callable[[Sides], Line]) -> tuple[Interaction, bool]:
        """One try; whether the line gave it up."""
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
        return first  # nobody gets a second chance
    return heard


class _Conversation:
    def __init__(self, sides: Sides, line: Line, goes_on: Callable[[RunResult], bool]) -> None:
        self._sides = sides
        self._line = line
        self._goes_on = goes_on
        self._looked_at = time.monotonic()
        self._used_s: tuple[float, float] | None = None

    def run(self, threads: Executor) -> Interaction:
        """Let them speak, and stop the line; raises SandboxError."""
        futures: list[Future[tuple[float, RunResult]]] = []
        try:
            ears = [self._line.input_of(at) for at in range(2)]
            for side, ear in zip(self._sides, ears, strict=True):
                futures.append(threads.submit(_timed, side, ear))
            first = self._follow(futures)
        finally:
            wait(futures)  # whoever called closes what they use
            self._line.stop()  # all that was said is known from here on
        results = [one.result()[1] for one in futures]
        run, partner = (
            replace(result, stdout=self._line.said(at), kept=self._sides[at].files())
            for at, result in enumerate(results)
        )
        return Interaction(
            run, partner, partner_first=first == 1, unread_bytes=self._line.unread_bytes()
        )

    def _follow(self, futures: list[Future[tuple[float, RunResult]]]) -> int:
        """Wait for one to end, and tell the other of its end; which it was."""
        while not (done := wait(futures, _LOOK_EVERY_S, FIRST_COMPLETED).done):
            closed = self._line.closed_outputs()
            if not closed:
                self._used_s = None
            elif self._are_at_rest():
                self._line.hand_on_closed_outputs(closed)
        # One that failed comes first.
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
        """Whether neither side has done anything since the last look, nor is about to end: an end
        is not to be taken for a closed output. (On a busy machine a process that has ended may
        have to wait for long until somebody notices.) The first look tells nothing yet."""
        now, used_s = time.monotonic(), (self._sides[0].cpu_s(), self._sides[1].cpu_s())
        before_s, most_s = self._used_s, (now - self._looked_at) * _AT_REST
        self._looked_at, self._used_s = now, used_s
        if before_s is None:
            return False
        if any(used - before > most_s for used, before in zip(used_s, before_s, strict=True)):
            return False
        return not any(side.is_leaving() for side in self._sides)


def _timed(side: Supervision, ear: int) -> tuple[float, RunResult]:
    result = side.run(ear)
    return time.monotonic(), result
