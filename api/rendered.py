"""Answers that will never be others, kept as the bytes that are sent."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

MOST_BYTES = 8 << 20
"""Of all answers that one process keeps."""


class Rendered:
    """The answers asked for last, at most `most_bytes` of them. A key names all that decides what
    an answer says, so that nothing has to be thrown away when something changes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._room = most_bytes
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The answer with this key, if it is still kept."""
        with self._lock:
            body = self._kept.get(key)
            if body is not None:
                self._kept.move_to_end(key)
            return body

    def put(self, key: Hashable, body: bytes) -> None:
        """Keep an answer; those not asked for longest make room. One alone that is too long is not
        kept."""
        with self._lock:
            self._room += len(self._kept.pop(key, b""))
            self._kept[key] = body
            self._room -= len(body)
            while self._room < 0:
                _, oldest = self._kept.popitem(last=False)
                self._room += len(oldest)
