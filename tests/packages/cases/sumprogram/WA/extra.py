# says: sample/1: There is more output than expected: line 2, token 2 of the output.
import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]

print(sum(numbers))
print("done")
