import re
import sys

sys.exit(42 if re.fullmatch(r"-?\d{1,12} -?\d{1,12}\n", sys.stdin.read()) else 43)
