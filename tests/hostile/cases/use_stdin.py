import sys

first = input()
rest = sys.stdin.buffer.read()
print(int(first) + 1 if rest == b"" else rest)
