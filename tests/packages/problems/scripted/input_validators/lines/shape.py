import sys

from a_helper import PAIR

print("pair" if PAIR.fullmatch(sys.stdin.read()) else "something else")
