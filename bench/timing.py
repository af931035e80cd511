"""Repeated timings, and how they are printed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """The times of repeated runs of one action, in milliseconds."""

    values: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median_ms:8.1f}  ({low:.1f} - {high:.1f})"


def repeat(
    action: Callable[[], object], times: int, warm_up: int = 2, rest_s: float = 0.0
) -> Timing:
    """Run `action` `times` times after a warm-up, with a pause of `rest_s` before each."""
    for _ in range(warm_up):
        action()
    values = []
    for _ in range(times):
        time.sleep(rest_s)
        begun = time.perf_counter()
        action()
        values.append((time.perf_counter() - begun) * 1e3)
    return Timing(tuple(values))
