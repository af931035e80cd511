"""Exit code 42 for an input that keeps the statement's format and bounds, else 43."""

import re
import sys

MAX_N = 300_000
MAX_NUMBER = 10**9
POSITIVE = rb"[1-9][0-9]{0,5}"
NUMBER = rb"(?:0|-?[1-9][0-9]{0,9})"


def problem(data: bytes) -> str | None:
    """What is wrong with the input, or None."""
    if not re.fullmatch(rb"%b %b\n%b( %b)*\n" % (POSITIVE, POSITIVE, NUMBER, NUMBER), data):
        return "not `n k` and a line of integers apart by single spaces"
    first, second = data.decode().splitlines()
    n, k = map(int, first.split(" "))
    nums = list(map(int, second.split(" ")))
    if n > MAX_N or k > n or max(map(abs, nums)) > MAX_NUMBER:
        return "a value beyond its bound"
    return None if len(nums) == n else f"{len(nums)} numbers where n = {n}"


if __name__ == "__main__":
    complaint = problem(sys.stdin.buffer.read())
    if complaint:
        print(complaint, file=sys.stderr)
        sys.exit(43)
    sys.exit(42)
