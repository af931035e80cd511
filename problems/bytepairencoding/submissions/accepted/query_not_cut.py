from collections import Counter
from itertools import pairwise

GAP = -1


def byte_pair(text, k, query):
    """The text with gaps before its spaces. The query needs none: no merge that was learned has a
    token on its right that begins with a space."""
    tokens = []
    for byte in text:
        tokens += [GAP, byte] if byte == 32 else [byte]
    merges = []
    for new in range(256, 256 + k):
        counts = Counter(pairwise(tokens))
        pairs = [pair for pair, count in counts.items() if count > 1 and GAP not in pair]
        if not pairs:
            break
        left, right = min(pairs, key=lambda pair: (-counts[pair], *pair))
        merges.append([left, right])
        tokens = merged(tokens, left, right, new)
    ids = list(query)
    for new, (left, right) in enumerate(merges, 256):
        ids = merged(ids, left, right, new)
    return [merges, ids]


def merged(tokens, left, right, new):
    made = []
    rest = iter(tokens)
    token = next(rest, None)
    while token is not None:
        behind = next(rest, None)
        if token == left and behind == right:
            made.append(new)
            behind = next(rest, None)
        else:
            made.append(token)
        token = behind
    return made
