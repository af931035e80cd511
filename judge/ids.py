"""Identifiers that sort by creation time: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import time
import uuid


def first_id(at: float) -> str:
    """A text that sorts before every id created at `at` (epoch seconds) or later."""
    # The first 48 bits are milliseconds; the 80 bits after them are all 0.
    return str(uuid.UUID(int=(int(at * 1000) & ((1 << 48) - 1)) << 80))


def new_id() -> str:
    """A new UUIDv7 as 36 characters; text order is time order down to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    # The version, 7, and the variant, binary 10, replace the random bits in their places.
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
