import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]

print("\n  ", sum(numbers), "\n\n")
