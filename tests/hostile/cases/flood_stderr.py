import sys

while True:
    print("x" * 10000, file=sys.stderr)
