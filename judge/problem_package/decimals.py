"""The numbers of the format.

The checkers read a validator's score by the same rules. So this module needs no library: the
hostile corpus also runs with an interpreter that has none.
"""

import re
from math import inf, isfinite

MOST_POINTS = 1e15
"""No score is greater: then a sum of scores is exact to a point, and always finite."""
_MOST_SHOWN = 60
# Each character can be taken in one way only, so that the time is linear in the length.
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def decimal(text: str) -> float:
    """Read a number by the format's grammar, which has no `nan`, `inf`, `1_000` or hexadecimals.
    Raises ValueError, also for a number that is too large."""
    value = float(text) if _DECIMAL.fullmatch(text) else inf
    if not isfinite(value):
        raise ValueError(f"`{text[:_MOST_SHOWN]}` is not a number")
    return value
