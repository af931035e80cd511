"""Whether a worker's processes find an idle core, with real processes."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from worker.queue.cores import Cores

FORK = multiprocessing.get_context("fork")


@contextmanager
def another_process(cores: Cores, *, judges: bool) -> Iterator[None]:
    """Run another process that judges or waits during the block; it is killed at the block's
    end.
    """
    ours, theirs = FORK.Pipe()

    def live() -> None:
        cores.open()
        with cores.used() if judges else nullcontext():
            theirs.send("ready")
            theirs.recv()

    process = FORK.Process(target=live)
    process.start()
    try:
        assert ours.recv() == "ready"
        yield
    finally:
        process.kill()
        process.join()
        process.close()


def test_a_judging_may_have_every_core_that_is_idle() -> None:
    cores = Cores(3)
    cores.open()
    with cores.used():
        assert [cores.take() for _ in range(3)] == [True, True, False]
        cores.give_back()
        assert cores.take()
    assert cores.at_once == 3


def test_who_comes_takes_a_core_from_the_others_next_test() -> None:
    cores = Cores(2)
    cores.open()
    with cores.used():
        assert cores.take()
        with another_process(cores, judges=True):
            cores.give_back()
            assert not cores.take()


def test_the_process_in_a_dead_ones_place_begins_at_zero() -> None:
    cores = Cores(2)
    cores.open()
    with cores.used():
        with another_process(cores, judges=True):
            assert not cores.take()
        # The cores that it used are counted until another process takes its place.
        assert not cores.take()
        with another_process(cores, judges=False):
            assert cores.take()


def test_the_setting_bounds_how_many_run_at_once() -> None:
    assert [Cores(4, at_once).at_once for at_once in (None, 1, 3, 9)] == [4, 1, 3, 4]
