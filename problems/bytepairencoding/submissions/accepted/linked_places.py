import heapq
from collections import defaultdict


def byte_pair(text, k, query):
    """Tokens are a linked list by place; only what is beside a merge is counted again."""
    tokens = list(text)
    n = len(tokens)
    after = [i + 1 if i + 1 < n and text[i + 1] != 32 else -1 for i in range(n)]
    before = [-1] * n
    for i, j in enumerate(after):
        if j >= 0:
            before[j] = i
    places = defaultdict(set)
    for i, j in enumerate(after):
        if j >= 0:
            places[tokens[i], tokens[j]].add(i)
    heap = [(-len(where), pair) for pair, where in places.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < k:
        count, pair = heapq.heappop(heap)
        if -count != len(places[pair]):
            continue  # an old entry: a newer one is there, if the pair is
        if count > -2:
            break
        new = 256 + len(merges)
        merges.append(pair)
        changed = set()
        for i in sorted(places[pair]):
            if i not in places[pair]:
                continue  # a place before has taken its token
            j = after[i]
            left, right = before[i], after[j]
            for place in (left, i, j):
                if place >= 0 and after[place] >= 0:
                    old = tokens[place], tokens[after[place]]
                    places[old].discard(place)
                    changed.add(old)
            tokens[i], tokens[j] = new, -1
            after[i], after[j] = right, -1
            if right >= 0:
                before[right] = i
            for place in (left, i):
                if place >= 0 and after[place] >= 0:
                    made = tokens[place], tokens[after[place]]
                    places[made].add(place)
                    changed.add(made)
        for one in changed:
            if places[one]:
                heapq.heappush(heap, (-len(places[one]), one))
    return merges, encode(query, {pair: 256 + i for i, pair in enumerate(merges)})


def encode(query, ids):
    tokens, start, result = list(query), 0, []
    for end in range(1, len(tokens) + 1):
        if end == len(tokens) or tokens[end] == 32:
            result += encode_word(tokens[start:end], ids)
            start = end
    return result


def encode_word(word, ids):
    while True:
        new = min((ids[pair] for pair in zip(word, word[1:]) if pair in ids), default=None)
        if new is None:
            return word
        merged, i = [], 0
        while i < len(word):
            if ids.get(tuple(word[i : i + 2])) == new:
                merged.append(new)
                i += 2
            else:
                merged.append(word[i])
                i += 1
        word = merged
