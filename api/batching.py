"""Work that requests ask for at the same time, done in one go.

What a request alone would pay for (a thread, a transaction, a round trip, the disk's sync) is paid
once for all that wait. While one batch is being done the next one gathers, so that nobody waits
for company: alone, an item is a batch of one.
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
"""Items in a batch: they share a transaction, and other writers wait for its end."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Item, Result]):
    item: Item
    answer: "asyncio.Future[Result]"


class Batcher(Generic[Item, Result]):
    """Collects items for `work`, which is done on a thread of its own.

    `work` gives a result for each item, in order; one that is an exception is raised to whoever
    asked, and what it raises itself to all of the batch.
    """

    def __init__(
        self, name: str, work: Callable[[Sequence[Item]], Sequence[Result | Exception]]
    ) -> None:
        self._work = work
        self._waiting: SimpleQueue[_Asked[Item, Result] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, item: Item) -> Result:
        """The result for `item`."""
        asked: _Asked[Item, Result] = _Asked(item, asyncio.get_running_loop().create_future())
        self._waiting.put(asked)
        return await asked.answer

    def close(self) -> None:
        """Finish what was asked, and end the thread."""
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
                    # Nothing was done for any of them, so that each asker hears of it.
                    results = [error] * len(batch)
                # Futures may be set on their loop's thread alone; one call wakes it for all.
                loop = batch[0].answer.get_loop()
                loop.call_soon_threadsafe(_answer, batch, results)

    def _gather(self, batch: list[_Asked[Item, Result]]) -> bool:
        """Wait for the first item, and take those that wait with it; False after the last."""
        asked = self._waiting.get()
        try:
            # None is put in by `close`: it comes after all that was asked before.
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
