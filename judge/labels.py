"""Labels: what a worker has that not every worker has, and what a problem requires.

A set of labels is written in one way everywhere: sorted, joined by `+`, empty for none. A judging
whose problem requires labels lies in a queue of its own, `interactive+gpu`, which only the workers
serve that have all of them.
"""

import re
from collections.abc import Collection, Iterable
from itertools import combinations

MOST = 5
"""Labels of one worker or problem. A worker listens to a queue for each subset of its own."""
PATTERN = r"^[a-z0-9][a-z0-9.-]{0,30}$"


def parse_labels(words: Iterable[str]) -> frozenset[str]:
    """The labels in `words`. Raises ValueError for one that is malformed, or for too many."""
    found = frozenset(words)
    for word in sorted(found):
        if not re.fullmatch(PATTERN, word):
            raise ValueError(
                f"`{word}` is no label: at most 31 small letters, digits, `.` and `-`, the first "
                "of them a letter or digit"
            )
    if len(found) > MOST:
        raise ValueError(f"{len(found)} labels are too many; at most {MOST}")
    return found


def joined(labels: Iterable[str]) -> str:
    """How this set of labels is written."""
    return "+".join(sorted(labels))


def split(labels: str) -> frozenset[str]:
    """The labels of a set that is written so."""
    return frozenset(labels.split("+")) if labels else frozenset()


def queue_of(base: str, requires: str) -> str:
    """The queue of `base` for what requires these labels."""
    return f"{base}+{requires}" if requires else base


def base_of(queue: str) -> str:
    """The queue without its labels: `interactive` or `rejudge`."""
    return queue.partition("+")[0]


def required_in(queue: str) -> str:
    """The labels that a worker must have to serve `queue`."""
    return queue.partition("+")[2]


def served_with(labels: Collection[str]) -> tuple[str, ...]:
    """Every set of labels that a worker with `labels` can serve. The largest come first: what only
    few can do is done by them before what everybody can."""
    return tuple(
        joined(chosen)
        for size in range(len(labels), -1, -1)
        for chosen in combinations(sorted(labels), size)
    )


def missing_of(requires: str, workers: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """Which of the required labels no worker has; all of them where each is on some worker but no
    worker has all; empty where one can do it."""
    if not requires:
        return ()
    needed = split(requires)
    having = tuple(workers)
    if any(needed <= labels for labels in having):
        return ()
    absent = needed.difference(*having)
    return tuple(sorted(absent or needed))
