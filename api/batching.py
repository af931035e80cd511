"""Do the work of many requests in one batch.

A batch pays once for what each request alone would pay for: a thread, a transaction, a round trip,
the disk's sync. While one batch is being done, the next one collects its items, so that no request
waits for others to come: an item that is alone is a batch of one.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST = 100
"""The most items in a batch: they share a transaction, and other writers wait for its end."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Item, Result]):
    item: Item
    answer: "asyncio.Future[Result]"


class Batcher(Generic[Item, Result]):
    """Collects items into batches and calls `work` with each batch, on a thread of its own.

    `work` returns a result for each item, in order. A result that is an exception is raised to the
    caller of that item. An exception that `work` itself raises is raised to all callers of the
    batch.
    """

    def __init__(
        self, name: str, work: Callable[[Sequence[Item]], Sequence[Result | Exception]]
    ) -> None:
        self._work = work
        self._waiting: SimpleQueue[_Asked[Item, Result] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, item: Item) -> Result:
        """Return the result for `item`."""
        asked: _Asked[Item, Result] = _Asked(item, asyncio.get_running_loop().create_future())
        self._waiting.put(asked)
        return await asked.answer

    def close(self) -> None:
        """Finish the items that are waiting, and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[_Asked[Item, Result]] = []
            going_on = self._gather(batch)
            if batch:
                results: Sequence[Result | Exception]
                try:
                    results = self._work([asked.item for asked in batch])
                except Exception as error:  # noqa: BLE001 - it is raised to those who asked
                    # The whole batch failed: every caller gets the error.
                    results = [error] * len(batch)
                # Only the event loop's thread may set its futures; one call sets the whole batch.
                loop = batch[0].answer.get_loop()
                loop.call_soon_threadsafe(_answer, batch, results)

    def _gather(self, batch: list[_Asked[Item, Result]]) -> bool:
        """Wait for an item, and put it and all that wait behind it into `batch`. Return False if no
        items will follow."""
        asked = self._waiting.get()
        try:
            # `close` puts None into the queue, behind all items.
            while asked is not None:
                batch.append(asked)
                if len(batch) == MOST:
                    return True
                asked = self._waiting.get_nowait()
        except Empty:
            return True
        return False


def _answer(batch: Sequence[_Asked[Item, Result]], results: Sequence[Result | Exception]) -> None:
    for asked, result in zip(batch, results, strict=True):
        if asked.answer.done():
            continue  # its request was cancelled
        if isinstance(result, Exception):
            asked.answer.set_exception(result)
        else:
            asked.answer.set_result(result)
