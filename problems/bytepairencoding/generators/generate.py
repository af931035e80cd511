"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers are made by the definition, over one list of tokens with a mark between words;
those of short texts are checked by undoing the merges, and by merging one place at a time.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

MASK = (1 << 64) - 1
MARK = -1
"""Stands between two words."""
Pair = tuple[int, int]
Answer = tuple[list[Pair], list[int]]
Case = tuple[str, int, bytes, bytes]
"""Its name, k, text and query."""


class Numbers:
    """splitmix64: the same numbers in every version of Python, which `random` doesn't promise."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        """A number in 0 ... bound - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        return (mixed ^ (mixed >> 31)) % bound

    def bytes(self, count: int, alphabet: bytes) -> bytes:
        """Each is any of the alphabet."""
        return bytes(alphabet[self.below(len(alphabet))] for _ in range(count))

    def sentence(self, count: int, words: list[bytes]) -> bytes:
        """About `count` bytes of these words, those in front more often."""
        made = bytearray()
        while len(made) < count:
            made += words[self.below(1 + self.below(len(words)))]
        return bytes(made[:count])


def marked(text: bytes) -> list[int]:
    """The bytes, with a mark before each space."""
    tokens: list[int] = []
    for byte in text:
        tokens += [MARK, byte] if byte == 32 else [byte]
    return tokens


def replaced(tokens: list[int], pair: Pair, new: int) -> list[int]:
    """With each occurrence of the pair, from the left, replaced."""
    made: list[int] = []
    for token in tokens:
        # The new token was not there when the pair was counted, so what was just made is no part.
        if made and (made[-1], token) == pair:
            made[-1] = new
        else:
            made.append(token)
    return made


def answer(k: int, text: bytes, query: bytes) -> Answer:
    tokens, merges = marked(text), list[Pair]()
    while len(merges) < k:
        counts = Counter(pair for pair in pairwise(tokens) if MARK not in pair)
        most = max(counts.values(), default=0)
        if most < 2:
            break
        merges.append(min(pair for pair, count in counts.items() if count == most))
        tokens = replaced(tokens, merges[-1], 255 + len(merges))
    tokens = marked(query)
    for new, pair in enumerate(merges, 256):
        tokens = replaced(tokens, pair, new)
    return merges, [token for token in tokens if token != MARK]


def checked(k: int, text: bytes, query: bytes, merges: list[Pair], ids: list[int]) -> None:
    """The ids stand for the query's bytes, no token reaches over a word's beginning, and each word
    becomes the same by the lowest merge that is possible, one place at a time."""
    content = [bytes([byte]) for byte in range(256)]
    content += [b""] * len(merges)
    for new, (left, right) in enumerate(merges, 256):
        content[new] = content[left] + content[right]
    assert b"".join(content[token] for token in ids) == query
    assert not any(b" " in one[1:] for one in content)
    assert len(merges) == k or most_frequent(text, merges) < 2
    found: list[int] = []
    for word in re.findall(rb" [^ ]*|[^ ]+", query):
        tokens = list(word)
        while True:
            pairs = enumerate(pairwise(tokens))
            possible = [(merges.index(pair), i) for i, pair in pairs if pair in merges]
            if not possible:
                break
            rank, i = min(possible)
            tokens[i : i + 2] = [256 + rank]
        found += tokens
    assert found == ids


def most_frequent(text: bytes, merges: list[Pair]) -> int:
    """How often the most frequent pair is there after all merges."""
    tokens = marked(text)
    for new, pair in enumerate(merges, 256):
        tokens = replaced(tokens, pair, new)
    return max(Counter(pair for pair in pairwise(tokens) if MARK not in pair).values(), default=0)


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "one-byte", 1, b"a", b"a"
    yield "nothing-twice", 5, b"abcdef", b"abcabc"
    yield "twice", 1, b"xabyabz", b"ababab"
    yield "overlapping", 1, b"xaaay", b"aaaaaaa"
    yield "overlapping-counts-each", 1, b"aaaaazxyxyxy", b"aaaxyxy"
    yield "overlapping-twice-only", 3, b"bbb cac dbd", b"bbbb cac"
    yield "odd-runs", 4, b"aaaaaaaaaaaaa", b"aaaaaaa aaa aaaaaaaaaaa"
    yield "two-are-equal", 1, b"zyxzyxbabc", b"zyba"
    yield "equal-left", 1, b"adqacxadyac", b"acadac"
    yield "many-are-equal", 6, b"qrqr opop mnmn klkl", b"qropmnkl klmnopqr"
    yield "equal-ids-not-bytes", 2, b"abcabcabxzyuzyv", b"abczyab"
    yield "merge-of-a-merge", 3, b"abcd abcd abcx", b"abcdabcxab"
    yield "merge-of-merges", 4, b"ababcdcd ababcdcd ababcdcd", b"abababcdcdabab"
    yield "runs-out", 40, b"ababab cdcd", b"abababcdcdcd"
    yield "runs-out-with-overlap", 40, b"mmmmmmmmmmm", b"mmmmmmmmm"
    yield "one-merge-of-many", 1, b"banana bandana banana", b"banana band"
    yield "k-exactly", 3, b"lowlow lowest newest widest lowlow", b"lowest newlow"
    yield "words", 8, b"ab ab ab ab ab", b"ab abab ab ab"
    yield "end-and-beginning", 6, b"xa by xa by xa by xc", b"xa byxa by"
    yield "spaces-only", 4, b"      ", b"   a  a"
    yield "many-spaces", 5, b"  to  be  or  to  be   to ", b"  be  to    be "
    yield "space-joins-the-next", 4, b"the the the the", b"the thethe the"
    yield "no-spaces-in-the-text", 5, b"catcatcatdogdogcat", b"cat catdog c at"
    yield "spaces-in-the-text-only", 5, b" on on on onto", b"ononon"
    yield "other-white-space", 6, b"a\na\na\tb\tb\ta\na\r\n\r\n", b"a\na\tb\r\na\na"
    yield "lines", 4, b"so\nso\nso\nso it is\nit is", b"so\nis\nso it"
    yield "word-in-the-text-twice", 9, b"apple pear apple apple pear plum plum", b"apple peapple"
    yield "frequent-words", 4, b"hug hug hug hug pun pun bun bin bat bag", b"hugs puns big"
    yield "merge-order", 2, b"bcxbcybczababw", b"abcabcbc"
    yield "longest-is-not-first", 3, b"cdvcdwcdxcdycdabcpabcqabcr", b"abcd abc bcd"
    yield "later-place-first", 3, b"cdvcdwcdxcdybcpbcqbcrabzab", b"abcabcdbcd"
    yield "both-directions", 2, b"abbaabbaabba", b"baab abba"
    yield "query-much-longer", 3, b"nono", b"nononono no nonono" * 5
    yield "query-much-shorter", 20, b"abababab cdcdcd efefef ghghij ijkl kl", b"kl"
    yield "query-unlike-the-text", 20, b"aaabbbaaabbb", b"The quick brown fox"
    yield "chinese", 6, "好好学习，天天向上。好好学习".encode(), "好学天天学习上好".encode()
    yield "accents", 8, "été été être tête".encode(), "été fête".encode()
    yield "no-utf8", 4, b"\xff\xfe\xff\xfe\x80\x80\x80\xff\xfe", b"\x80\x80\xff\xfe\xff"
    yield "zero-and-255", 3, b"\x00\x00\xff\xff\x00\x00\xff\xff\x00", b"\x00\x00\x00\xff\xff\xff"


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Small alphabets, in which many pairs are equally frequent."""
    settings = [(30, 5, b"ab"), (60, 8, b"ab "), (120, 20, b"abc "), (200, 30, b"abcdefg ")]
    for index, (count, k, alphabet) in enumerate(settings, 1):
        text = numbers.bytes(count, alphabet)
        yield f"random-{index}", k, text, numbers.bytes(2 * count, alphabet)


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """As many merges and bytes as there may be."""
    n = 10_000
    letters = bytes(range(60, 123))
    yield "large-one-word", 200, numbers.bytes(n, letters), numbers.bytes(n, letters)
    words = [b" " + numbers.bytes(2 + numbers.below(9), b"etaoinshrdlu") for _ in range(400)]
    yield "large-words", 200, numbers.sentence(n, words), numbers.sentence(n, words)
    yield "large-run", 200, b"a" * n, b"a" * n
    yield "large-two-letters", 200, numbers.bytes(n, b"ab"), numbers.bytes(n, b"ab")


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20160810)
    yield from small_cases()
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def line(numbers: list[int] | bytes | Pair) -> str:
    return " ".join(map(str, numbers)) + "\n"


def write(folder: Path, name: str, k: int, text: bytes, query: bytes) -> None:
    """One test's `.in` and `.ans`."""
    merges, ids = answer(k, text, query)
    if len(text) < 1000:
        checked(k, text, query, merges, ids)
    folder.mkdir(parents=True, exist_ok=True)
    given = line([len(text), len(query), k]) + line(text) + line(query)
    (folder / f"{name}.in").write_text(given, newline="\n")
    result = f"{len(merges)}\n" + "".join(map(line, merges)) + f"{len(ids)}\n" + line(ids)
    (folder / f"{name}.ans").write_text(result, newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    write(data / "sample", "1", 3, b"low lower lowest", b"slow low")
    write(data / "sample", "2-overlapping", 3, b"aaaa", b"aaaaaaa")
    write(data / "sample", "3-order", 2, b"bcbcbcabab", b"abc")
    for number, (name, *rest) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", *rest)


if __name__ == "__main__":
    main()
