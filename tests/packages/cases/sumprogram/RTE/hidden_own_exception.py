# says: secret/02-negative: An exception in line 9.
import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]


class Minus5(Exception):
    pass
if numbers and numbers[0] == -5: raise Minus5(numbers)
print(sum(numbers))
