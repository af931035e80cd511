import sys

from runner import harness

numbers = [int(word) for word in sys.stdin.read().split()]
total = harness.entry("total", "def total(numbers: list[int]) -> int")
harness.answer(str(total(numbers[1:])))
