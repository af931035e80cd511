"""Labels: what some workers have and others lack, and what a problem requires.

A set of labels is always written as one text: sorted, joined by `+`, empty for none. A judging
whose problem requires labels is in a queue of its own, `interactive+gpu`, which only workers with
all of these labels serve.
"""

import re
from collections.abc import Collection, Iterable
from itertools import combinations

MOST = 5
"""Labels of one worker or problem, at most. A worker listens to a queue for each subset of them."""
PATTERN = r"^[a-z0-9][a-z0-9.-]{0,30}$"


def parse_labels(words: Iterable[str]) -> frozenset[str]:
    """The labels in `words`. Raises ValueError for a malformed label, or for too many."""
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
    """A set of labels as one text."""
    return "+".join(sorted(labels))


def split(labels: str) -> frozenset[str]:
    """The set of labels in a text that `joined` has written."""
    return frozenset(labels.split("+")) if labels else frozenset()


def queue_of(base: str, requires: str) -> str:
    """The queue of kind `base` for judgings that require these labels."""
    return f"{base}+{requires}" if requires else base


def base_of(queue: str) -> str:
    """The queue without its labels: `interactive` or `rejudge`."""
    return queue.partition("+")[0]


def required_in(queue: str) -> str:
    """The labels that a worker must have to serve `queue`."""
    return queue.partition("+")[2]


def served_with(labels: Collection[str]) -> tuple[str, ...]:
    """Every set of labels that a worker with `labels` can serve, the largest first: work that only
    few workers can do comes before work that every worker can do."""
    return tuple(
        joined(chosen)
        for size in range(len(labels), -1, -1)
        for chosen in combinations(sorted(labels), size)
    )


def missing_of(requires: str, workers: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """The required labels that no worker has. If each label is on some worker but no worker has
    all of them, all; empty if one worker has all."""
    if not requires:
        return ()
    needed = split(requires)
    having = tuple(workers)
    if any(needed <= labels for labels in having):
        return ()
    absent = needed.difference(*having)
    return tuple(sorted(absent or needed))
