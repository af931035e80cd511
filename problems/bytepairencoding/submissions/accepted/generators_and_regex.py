import re
from itertools import groupby


def byte_pair(text, k, query):
    """Pairs are sorted and grouped; the merges are functions of one word each."""
    words = [list(word) for word in re.findall(rb"(?:^| )[^ ]*", text) if word]
    merges = []
    for new in range(256, 256 + k):
        pairs = sorted((a, b) for word in words for a, b in zip(word, word[1:]))
        groups = [(pair, sum(1 for _ in same)) for pair, same in groupby(pairs)]
        if not groups:
            break
        # `max` takes the first of equal ones, and they are sorted.
        pair, count = max(groups, key=lambda group: group[1])
        if count == 1:
            break
        merges.append(pair)
        words = [list(walk(word, *pair, new)) for word in words]
    ids = []
    for found in re.finditer(rb"(?:^| )[^ ]*", query):
        word = list(found[0])
        for new, pair in enumerate(merges, 256):
            if len(word) > 1:
                word = list(walk(word, *pair, new))
        ids += word
    return merges, ids


def walk(word, left, right, new):
    held = None
    for token in word:
        if held == left and token == right:
            yield new
            held = None
        else:
            if held is not None:
                yield held
            held = token
    if held is not None:
        yield held
