"""Waiting children: how many there are, and who closes them at the end."""

import threading

from worker.sandbox.base import Runtime
from worker.sandbox.child import JailedChild
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.pool import Pool

_DEADLINE_S = 60.0


class _Maker:
    """Makes real children, and lets a test wait until a number of them was made."""

    def __init__(self, jail: NamespaceSandbox) -> None:
        self._jail = jail
        self._made = threading.Condition()
        self.children: list[JailedChild] = []

    def make(self, runtime: Runtime) -> JailedChild:
        child = self._jail._spawn_ahead(runtime)
        with self._made:
            self.children.append(child)
            self._made.notify_all()
        return child

    def await_made(self, count: int) -> None:
        with self._made:
            made = self._made.wait_for(lambda: len(self.children) >= count, _DEADLINE_S)
        assert made, f"only {len(self.children)} were made"


def _take(pool: Pool, times: int) -> int:
    """Take this many children; return how many of them were waiting."""
    taken = [child for child in (pool.take(Runtime.PYTHON) for _ in range(times)) if child]
    for child in taken:
        child.close()
    return len(taken)


def test_as_many_wait_as_were_asked_for_up_to_the_depth(jail: NamespaceSandbox) -> None:
    maker = _Maker(jail)
    pool = Pool(maker.make, depth=5)
    try:
        assert pool.take(Runtime.PYTHON) is None  # nobody has asked for one before
        maker.await_made(3)
        taken = 0
        while taken < 4:
            taken += _take(pool, 1)
        maker.await_made(taken + 5)
    finally:
        pool.close()
    assert len(maker.children) == taken + 5


def test_children_that_nobody_took_are_gone_when_it_closes(jail: NamespaceSandbox) -> None:
    maker = _Maker(jail)
    pool = Pool(maker.make, depth=3)
    pool.take(Runtime.PYTHON)
    maker.await_made(3)
    pool.close()
    assert [child.channels.control.fileno() for child in maker.children] == [-1, -1, -1]


def test_a_child_that_died_while_it_waited_is_not_handed_out(jail: NamespaceSandbox) -> None:
    maker = _Maker(jail)
    pool = Pool(maker.make, depth=3)
    try:
        pool.take(Runtime.PYTHON)
        maker.await_made(3)
        dead = list(maker.children)
        for child in dead:
            child.kill()
            child.read_exited()
        made = len(maker.children)
        while (taken := pool.take(Runtime.PYTHON)) is None:
            maker.await_made(made + 1)
            made = len(maker.children)
        taken.close()
        assert taken not in dead
    finally:
        pool.close()
