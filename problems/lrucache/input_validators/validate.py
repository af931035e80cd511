"""Exit code 42 for an input that keeps the statement's format and bounds, else 43."""

import re
import sys

MAX_CAPACITY = 100_000
MAX_OPERATIONS = 200_000
MAX_NUMBER = 10**9
POSITIVE = rb"[1-9][0-9]{0,5}"
NUMBER = rb"(?:0|[1-9][0-9]{0,9})"
OPERATION = rb"(?:get %b|put %b %b)\n" % (NUMBER, NUMBER, NUMBER)


def problem(data: bytes) -> str | None:
    """What is wrong with the input, or None."""
    if not re.fullmatch(rb"%b %b\n(?:%b)+" % (POSITIVE, POSITIVE, OPERATION), data):
        return "not `capacity q` and lines `get key` or `put key value`"
    first, *lines = data.decode().splitlines()
    capacity, count = map(int, first.split(" "))
    numbers = [int(word) for line in lines for word in line.split(" ")[1:]]
    if capacity > MAX_CAPACITY or count > MAX_OPERATIONS or max(numbers) > MAX_NUMBER:
        return "a value beyond its bound"
    if not any(line.startswith("get") for line in lines):
        return "no `get`"
    return None if len(lines) == count else f"{len(lines)} operations where q = {count}"


if __name__ == "__main__":
    complaint = problem(sys.stdin.buffer.read())
    if complaint:
        print(complaint, file=sys.stderr)
        sys.exit(43)
    sys.exit(42)
