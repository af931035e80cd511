"""Records a judging's events in a thread, while the next test already runs."""

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
    """Passes a judging's events to `keep`, in order, in a thread, inside the `with` block.

    Events within `_GATHER_S` are kept together, with one transaction and one hint: so ten quick
    tests need only one. The verdict itself never waits. `keep` returns whether the claim is still
    held. If the block is left early, it does not wait for the thread: the claim is then given up,
    and writes without it have no effect.
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
        """Keep `event` soon; return False if the claim is lost. Raises the errors of `keep`."""
        if self._outcome.done():
            return self._outcome.result()
        self._events.put(event)
        return True

    def finish(self, event: Judged) -> bool:
        """Keep the last event, and wait until all are kept; returns and raises as `put`."""
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
        """Return the next event and those that come soon after it, up to the last event."""
        events = [self._events.get()]
        until = time.monotonic() + _GATHER_S
        with contextlib.suppress(Empty):
            while not (events[-1] is None or isinstance(events[-1], Judged)):
                events.append(self._events.get(timeout=max(0.0, until - time.monotonic())))
        return events
