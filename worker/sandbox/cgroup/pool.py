"""Control groups that are kept and used again: making one takes 10 ms in version 1."""

import itertools
import threading
import time

from worker.sandbox.cgroup.groups import Group
from worker.sandbox.cgroup.tree import BUSY_PAUSE_S, CLOSE_WAIT_S, Tree, owner_name

_numbers = itertools.count()  # no two groups of a process share a name, whichever pool's they are


class GroupPool:
    """Groups to use again. Thread-safe.

    A group whose last process is dying can't be removed yet: that is tried again whenever one is
    given back, and in the end. Nobody else ever gets such a group.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._free: list[Group] = []
        self._leaving: list[Group] = []

    def take(self) -> Group:
        """A group with nothing in it and no limits; raises OSError."""
        with self._lock:
            if self._free:
                return self._free.pop()
        return self._tree.make(f"{owner_name()}-{next(_numbers)}")

    def give_back(self, group: Group) -> None:
        """Take back a group whose processes are all dead."""
        usable = group.rest()
        with self._lock:
            (self._free if usable else self._leaving).append(group)
        self._remove_leaving()

    def put_aside(self, group: Group) -> None:
        """Take a group whose processes were killed and aren't gone yet; it is removed when they
        are. Until then they get as little of the CPUs as can be."""
        group.starve()
        with self._lock:
            self._leaving.append(group)
        self._remove_leaving()

    def _remove_leaving(self) -> None:
        with self._lock:
            leaving, self._leaving = self._leaving, []
        left = [one for one in leaving if not _is_removed(one)]
        with self._lock:
            self._leaving += left

    def close(self) -> None:
        """Remove the groups that were given back. One that stays busy is left to the host's sweep,
        when we are dead."""
        with self._lock:
            left = [*self._free, *self._leaving]
            self._free, self._leaving = [], []
        deadline = time.monotonic() + CLOSE_WAIT_S
        while (left := [one for one in left if not _is_removed(one)]) and (
            time.monotonic() < deadline
        ):
            time.sleep(BUSY_PAUSE_S)


def _is_removed(group: Group) -> bool:
    try:
        group.remove()
    except OSError:
        return False
    return True
