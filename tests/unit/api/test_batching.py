"""Requests that come at the same time are handled in one batch."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.batching import MOST, Batcher


class Doubling:
    """Doubles numbers; each batch waits until it may go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        self.gate.acquire()
        return [ValueError(f"odd {item}") if item % 2 else 2 * item for item in items]


def test_what_comes_while_a_batch_is_done_is_the_next_batch() -> None:
    double = Doubling()

    async def ask() -> list[int | BaseException]:
        batcher = Batcher("double", double)
        asked = [asyncio.create_task(batcher.ask(0))]
        while not double.batches:
            await asyncio.sleep(0)
        asked += [asyncio.create_task(batcher.ask(number)) for number in range(1, MOST + 2)]
        await asyncio.sleep(0)
        asked[2].cancel()
        double.gate.release(3)
        results = await asyncio.gather(*asked, return_exceptions=True)
        await asyncio.to_thread(batcher.close)
        return results

    results = asyncio.run(ask())
    assert [len(batch) for batch in double.batches] == [1, MOST, 1]
    for number, result in enumerate(results):
        if number == 2:
            assert isinstance(result, asyncio.CancelledError)
        elif number % 2:
            assert str(result) == f"odd {number}"
        else:
            assert result == 2 * number


def test_what_the_work_raises_is_raised_to_all_and_the_next_batch_is_done() -> None:
    fail = threading.Event()

    def work(items: Sequence[int]) -> Sequence[int | Exception]:
        if fail.is_set():
            raise RuntimeError("broken")
        return items

    async def ask() -> None:
        batcher = Batcher("work", work)
        assert await batcher.ask(1) == 1
        fail.set()
        with pytest.raises(RuntimeError, match="broken"):
            await batcher.ask(2)
        fail.clear()
        assert await batcher.ask(3) == 3
        await asyncio.to_thread(batcher.close)

    asyncio.run(ask())
