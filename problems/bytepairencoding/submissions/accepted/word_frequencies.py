from collections import Counter, defaultdict


def byte_pair(text, k, query):
    """Each different word once, with its number; the query by the lowest rank that a word has."""
    frequencies = Counter(split(text))
    words = {word: tuple(word) for word in frequencies}
    ranks = {}
    for rank in range(k):
        counts = defaultdict(int)
        for word, tokens in words.items():
            for i in range(len(tokens) - 1):
                counts[tokens[i], tokens[i + 1]] += frequencies[word]
        if not counts:
            break
        most = max(counts.values())
        if most == 1:
            break
        pair = min(pair for pair, count in counts.items() if count == most)
        ranks[pair] = rank
        for word, tokens in words.items():
            if pair[0] in tokens and pair[1] in tokens:
                words[word] = apply(tokens, pair, 256 + rank)
    known = {}
    ids = []
    for word in split(query):
        if word not in known:
            known[word] = encode(tuple(word), ranks)
        ids.extend(known[word])
    return list(ranks), ids


def split(text):
    first, *others = text.split(b" ")
    return [word for word in [first, *(b" " + other for other in others)] if word]


def encode(tokens, ranks):
    while len(tokens) > 1:
        pairs = set(zip(tokens, tokens[1:]))
        pair = min(pairs, key=lambda one: ranks.get(one, len(ranks)))
        if pair not in ranks:
            break
        tokens = apply(tokens, pair, 256 + ranks[pair])
    return tokens


def apply(tokens, pair, new):
    made = []
    for token in tokens:
        if made and (made[-1], token) == pair:
            made[-1] = new
        else:
            made.append(token)
    return tuple(made)
