import sys

print(abs(sum(map(int, sys.stdin.read().split()[1:]))))
