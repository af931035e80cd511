# Recursion in C: the stack ends, not the interpreter's patience.
import sys

sys.setrecursionlimit(10**9)


class Endless:
    def __getattr__(self, name):
        return getattr(self, name)


Endless().x
