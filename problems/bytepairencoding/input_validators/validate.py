"""Exit code 42 for an input that keeps the statement's format and bounds, else 43."""

import re
import sys

MAX_BYTES = 10_000
MAX_K = 200
NUMBER = rb"(?:0|[1-9][0-9]{0,4})"


def problem(data: bytes) -> str | None:
    """What is wrong with the input, or None."""
    line = rb"%b(?: %b)*\n" % (NUMBER, NUMBER)
    if not re.fullmatch(rb"%b %b %b\n%b%b" % (NUMBER, NUMBER, NUMBER, line, line), data):
        return "not a line with `n m k` and two lines of integers apart by single spaces"
    first, text, query = (list(map(int, one.split())) for one in data.splitlines())
    n, m, k = first
    if not (1 <= n <= MAX_BYTES and 1 <= m <= MAX_BYTES and 1 <= k <= MAX_K):
        return "n, m or k is beyond its bounds"
    if max(*text, *query) > 255:
        return "a byte beyond 255"
    if (len(text), len(query)) != (n, m):
        return f"{len(text)} and {len(query)} bytes where n = {n} and m = {m}"
    return None


if __name__ == "__main__":
    complaint = problem(sys.stdin.buffer.read())
    if complaint:
        print(complaint, file=sys.stderr)
        sys.exit(43)
    sys.exit(42)
