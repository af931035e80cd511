import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]

print(sum(numbers))
sys.exit(0)
