import numpy as np

WIDE = 1 << 20
"""A pair is one number: the left id times this, and the right one."""


def byte_pair(text, k, query):
    tokens, merges = with_gaps(text), []
    while len(merges) < k:
        pairs, counts = np.unique(codes(tokens), return_counts=True)
        counts[pairs < 0] = 0
        if not len(counts) or counts.max() < 2:
            break
        # argmax takes the first of equal ones, and `unique` sorts.
        pair = pairs[counts.argmax()]
        tokens = merged(tokens, pair, 256 + len(merges))
        merges.append(pair)
    tokens = with_gaps(query)
    for i, pair in enumerate(merges):
        tokens = merged(tokens, pair, 256 + i)
    pairs = np.array(merges, dtype=np.int64).reshape(-1, 1)
    return np.hstack([pairs // WIDE, pairs % WIDE]), tokens[tokens >= 0]


def with_gaps(text):
    """The bytes, and a gap before each space that no pair reaches over."""
    values = np.frombuffer(text, dtype=np.uint8).astype(np.int64)
    return np.insert(values, np.flatnonzero(values == 32), -WIDE * WIDE)


def codes(tokens):
    pairs = tokens[:-1] * WIDE + tokens[1:]
    pairs[(tokens[:-1] < 0) | (tokens[1:] < 0)] = -1
    return pairs


def merged(tokens, pair, new):
    found = np.flatnonzero(codes(tokens) == pair)
    if not len(found):
        return tokens
    # Of places one after the other, which are there for a pair of two equal ids, every second.
    starts = np.flatnonzero(np.diff(found, prepend=-2) != 1)
    lengths = np.diff(starts, append=len(found))
    within = np.arange(len(found)) - np.repeat(starts, lengths)
    found = found[within % 2 == 0]
    tokens = tokens.copy()
    tokens[found] = new
    return np.delete(tokens, found + 1)
