"""Exit code 42 for an input that keeps the statement's format and bounds, else 43."""

import re
import sys

MAX_N = 100_000
MAX_NUMBER = 10**9
NUMBER = rb"(?:0|-?[1-9][0-9]{0,9})"


def problem(data: bytes) -> str | None:
    """What is wrong with the input, or None."""
    if not re.fullmatch(rb"[1-9][0-9]{0,5}\n(?:%b %b\n)+" % (NUMBER, NUMBER), data):
        return "not `n` and lines of two integers apart by single spaces"
    n, *numbers = map(int, data.split())
    if n > MAX_N or max(map(abs, numbers)) > MAX_NUMBER:
        return "a value beyond its bound"
    if any(left > right for left, right in zip(numbers[::2], numbers[1::2], strict=True)):
        return "an interval that ends before it begins"
    return None if len(numbers) == 2 * n else f"{len(numbers) // 2} intervals where n = {n}"


if __name__ == "__main__":
    complaint = problem(sys.stdin.buffer.read())
    if complaint:
        print(complaint, file=sys.stderr)
        sys.exit(43)
    sys.exit(42)
