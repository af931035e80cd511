"""Identifiers that sort by creation time: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import threading
import time
import uuid

_made = threading.local()
"""`last`: the milliseconds, the 12 bits and the 62 bits of the thread's last id."""


def first_id(at: float) -> str:
    """A text that sorts before every id created at `at` (epoch seconds) or later."""
    # The first 48 bits are milliseconds; the 80 bits after them are all 0.
    return str(uuid.UUID(int=(int(at * 1000) & ((1 << 48) - 1)) << 80))


def new_id(after: str = "") -> str:
    """A new UUIDv7 as 36 characters. Text order is time order down to the millisecond; ids that one
    thread makes within a millisecond sort in the order in which it made them.

    The new id sorts after the id `after`, even if that is of a host whose clock is ahead, or the
    clock was set back meanwhile.
    """
    milliseconds = (time.time_ns() // 1_000_000) & ((1 << 48) - 1)
    before, head, tail = getattr(_made, "last", (-1, 0, 0))
    if milliseconds == before:
        tail += 1 + secrets.randbits(32)  # section 6.2, method 2
    else:
        # The highest of the tail's 62 bits is 0, so that there is room to count upwards.
        head, tail = secrets.randbits(12), secrets.randbits(61)
    _made.last = milliseconds, head, tail
    # Version 7, and variant binary 10.
    made = str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | head << 64 | 2 << 62 | tail))
    if made > after:
        return made
    return str(uuid.UUID(int=uuid.UUID(after).int + 1 + secrets.randbits(32)))
