# says: secret/02-negative: ValueError in line 6.
import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]
if numbers and numbers[0] == -5:
    raise ValueError(numbers)
print(sum(numbers))
