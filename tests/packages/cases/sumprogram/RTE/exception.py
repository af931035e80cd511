# says: sample/1: 
# says: ValueError: no idea
import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]

raise ValueError("no idea")
