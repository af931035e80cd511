"""A cache of the most recently used values, with a limit on their size in bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Keeps the most recently used values, at most `most_bytes` as measured by `size_of`. A key
    must name all that determines its value, so that a stored value never becomes outdated."""

    def __init__(self, most_bytes: int, size_of: Callable[[Value], int]) -> None:
        self._room = most_bytes
        self._size_of = size_of
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """The value with this key, if it is still kept."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: Key, value: Value) -> None:
        """Store a value, and drop the least recently used ones that no longer fit. A value that is
        larger than the limit is not kept."""
        with self._lock:
            if key in self._kept:
                self._room += self._size_of(self._kept.pop(key))
            self._kept[key] = value
            self._room -= self._size_of(value)
            while self._room < 0:
                _, oldest = self._kept.popitem(last=False)
                self._room += self._size_of(oldest)
