import re

PAIR = re.compile(r"-?\d{1,12} -?\d{1,12}\n")
