from collections import Counter


def byte_pair(text, k, query):
    words = split(text)
    merges = []
    while len(merges) < k:
        counts = Counter(pair for word in words for pair in zip(word, word[1:]))
        best = max(counts, key=counts.get, default=None)
        if best is None or counts[best] < 2:
            break
        words = [merge(word, best, 256 + len(merges)) for word in words]
        merges.append(best)
    encoded = split(query)
    for i, pair in enumerate(merges):
        encoded = [merge(word, pair, 256 + i) for word in encoded]
    return merges, [token for word in encoded for token in word]


def split(text):
    """The words as lists of bytes. A space begins a word, and no byte is lost."""
    words = []
    for byte in text:
        if byte == ord(" ") or not words:
            words.append([])
        words[-1].append(byte)
    return words


def merge(word, pair, new):
    """From the left: what has been merged isn't looked at again."""
    merged = []
    i = 0
    while i < len(word):
        if i + 1 < len(word) and (word[i], word[i + 1]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return merged
