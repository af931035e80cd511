"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import time
import uuid


def first_id(at: float) -> str:
    """What sorts before every id that was made at `at` (epoch seconds) or later."""
    # 48 bits of milliseconds stand in front; the 80 bits behind them are the least possible.
    return str(uuid.UUID(int=(int(at * 1000) & ((1 << 48) - 1)) << 80))


def new_id() -> str:
    """A new UUIDv7 as 36 characters; text order is time order down to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    # The version, 7, and the variant, binary 10, overwrite what was drawn in their places.
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
