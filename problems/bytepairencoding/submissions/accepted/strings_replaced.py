import re
from collections import Counter


def byte_pair(text, k, query):
    """A token is a character, so that `str.replace` merges, from the left."""
    tokens, merges = as_characters(text), []
    for new in range(256, 256 + k):
        counts = Counter(a + b for a, b in zip(tokens, tokens[1:]) if "\0" not in (a, b))
        if not counts:
            break
        count, pair = max((count, (-ord(a), -ord(b))) for (a, b), count in counts.items())
        if count < 2:
            break
        merges.append((-pair[0] - 1, -pair[1] - 1))
        tokens = tokens.replace("".join(chr(-one) for one in pair), chr(new + 1))
    tokens = as_characters(query)
    for new, (a, b) in enumerate(merges, 256):
        tokens = tokens.replace(chr(a + 1) + chr(b + 1), chr(new + 1))
    return merges, [ord(one) - 1 for one in tokens if one != "\0"]


def as_characters(text):
    """Each byte as the character behind it, and the character 0 before each space."""
    return re.sub("!", "\0!", "".join(chr(byte + 1) for byte in text))
