"""Writing down how a judging goes, while the next test runs already."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from worker.judging.judging import Judged, JudgeEvent

_GATHER_S = 0.2


class Recorder:
    """Hands a judging's events to `keep`, in order, in a thread, inside the `with` block.

    What comes within `_GATHER_S` is kept at once, with one transaction and one hint to whoever
    watches: ten quick tests then cost one, and their verdict nothing but its own. The verdict
    itself never waits. `keep` says whether the claim is held still. A block that is left early
    does not wait for the writing: without the claim, which is then given up, it has no effect.
    """

    def __init__(self, keep: Callable[[Sequence[JudgeEvent]], bool]) -> None:
        self._keep = keep
        self._events: SimpleQueue[JudgeEvent | None] = SimpleQueue()
        self._outcome: Future[bool] = Future()
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._events.put(None)

    def put(self, event: JudgeEvent) -> bool:
        """Keep `event` soon. False: the claim is lost. Raises what `keep` has raised."""
        if self._outcome.done():
            return self._outcome.result()
        self._events.put(event)
        return True

    def finish(self, event: Judged) -> bool:
        """Keep the last event, and wait until all are kept; the answer is as in `put`."""
        self._events.put(event)
        return self._outcome.result()

    def _write(self) -> None:
        try:
            self._outcome.set_result(self._write_all())
        except Exception as error:  # noqa: BLE001 - the judging's thread raises it
            self._outcome.set_exception(error)

    def _write_all(self) -> bool:
        while None not in (waiting := self._waiting()):
            events = [event for event in waiting if event is not None]
            if not self._keep(events):
                return False
            if isinstance(events[-1], Judged):
                return True
        return False

    def _waiting(self) -> list[JudgeEvent | None]:
        """The next event, and all that come soon after it, the last one at the most."""
        events = [self._events.get()]
        until = time.monotonic() + _GATHER_S
        with contextlib.suppress(Empty):
            while not (events[-1] is None or isinstance(events[-1], Judged)):
                events.append(self._events.get(timeout=max(0.0, until - time.monotonic())))
        return events
