"""Wait for events of a submission, as long polls and event streams do.

`judge.events.Subscriber` delivers the hints. This module adds the end of the process: it wakes all
who wait, so that a stopping server does not wait for clients that would stay for hours.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from judge.events import Listener, Subscriber


class Subscriptions:
    """The process's subscription and its listeners. It belongs to one event loop."""

    def __init__(self, broker_url: str) -> None:
        self._subscriber = Subscriber(broker_url)
        self._listeners: set[Listener] = set()
        self.closing = False
        """True while the process stops: waiting requests then answer with what they have."""

    async def run(self) -> None:
        """Listen to the broker until cancelled; reconnect whenever it was down."""
        await self._subscriber.run()

    @contextmanager
    def listen(self, submission_id: str, *, only_done: bool = False) -> Iterator[Listener]:
        """Listen to the hints of one submission; read the database only after this began. With
        `only_done` there is a hint only when the submission is done."""
        hints = self._subscriber.listen(submission_id, only_done=only_done)
        with hints as listener, self._woken_at_the_end(listener):
            yield listener

    @contextmanager
    def listen_to_any(self, submission_ids: Collection[str]) -> Iterator[Listener]:
        """As `listen`, with a hint whenever one of these submissions is done."""
        hints = self._subscriber.listen_to_any(submission_ids)
        with hints as listener, self._woken_at_the_end(listener):
            yield listener

    @contextmanager
    def _woken_at_the_end(self, listener: Listener) -> Iterator[None]:
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Wake all who wait, and set `closing`."""
        self.closing = True
        # A woken request reads the database once more, and sees `closing`.
        for listener in self._listeners:
            listener.hint()
