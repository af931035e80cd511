"""Exit code 42 for an input that keeps the statement's format and bounds, else 43."""

import re
import sys

MAX_N = 200_000
MAX_NUMBER = 10**9
COUNT = rb"[1-9][0-9]{0,5}"
NUMBER = rb"(?:0|-?[1-9][0-9]{0,9})"


def problem(data: bytes) -> str | None:
    """What is wrong with the input, or None."""
    if not re.fullmatch(rb"%b\n%b( %b)*\n" % (COUNT, NUMBER, NUMBER), data):
        return "not a count and a line of integers apart by single spaces"
    first, second = data.decode().splitlines()
    n = int(first)
    nums = list(map(int, second.split(" ")))
    if n > MAX_N or max(map(abs, nums)) > MAX_NUMBER:
        return "a value beyond its bound"
    return None if len(nums) == n else f"{len(nums)} numbers where n = {n}"


if __name__ == "__main__":
    complaint = problem(sys.stdin.buffer.read())
    if complaint:
        print(complaint, file=sys.stderr)
        sys.exit(43)
    sys.exit(42)
