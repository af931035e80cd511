import sys

from submission import total

numbers = [int(word) for word in sys.stdin.read().split()]
print(total(numbers[1:]))
