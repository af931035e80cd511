"""Waits for something to happen to a submission: what long polls and event streams stand on.

`judge.events.Subscriber` brings the hints. This adds the process's end: whoever waits is sent home,
so that a server that is told to stop does not wait for clients that would stay for hours.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from judge.events import Listener, Subscriber


class Subscriptions:
    """The process's subscription and its listeners. Belongs to one event loop."""

    def __init__(self, broker_url: str) -> None:
        self._subscriber = Subscriber(broker_url)
        self._listeners: set[Listener] = set()
        self.closing = False
        """The process is stopping: answer with what there is."""

    async def run(self) -> None:
        """Hear the broker until cancelled, however often it goes away."""
        await self._subscriber.run()

    @contextmanager
    def listen(self, submission_id: str, *, only_done: bool = False) -> Iterator[Listener]:
        """Hints about one submission: listen first, then read the database. With `only_done`
        there is a hint when it is done, and none of what happens before."""
        heard = self._subscriber.listen(submission_id, only_done=only_done)
        with heard as listener, self._woken_at_the_end(listener):
            yield listener

    @contextmanager
    def listen_to_any(self, submission_ids: Collection[str]) -> Iterator[Listener]:
        """A hint whenever one of these is done; else as `listen`."""
        heard = self._subscriber.listen_to_any(submission_ids)
        with heard as listener, self._woken_at_the_end(listener):
            yield listener

    @contextmanager
    def _woken_at_the_end(self, listener: Listener) -> Iterator[None]:
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Wake all who wait, for the last time. From now on `closing` is true."""
        self.closing = True
        # They look once more, and see `closing`.
        for listener in self._listeners:
            listener.hint()
