# says: sample/1: The program ended with exit code 3.
import sys

print(6)
sys.exit(3)
