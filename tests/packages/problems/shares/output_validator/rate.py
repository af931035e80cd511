import re
import sys

input_file, _, feedback, *words = sys.argv[1:]
said = sys.stdin.read().strip()
with open(input_file) as file:
    wanted = int(file.read())
if not re.fullmatch("[1-9][0-9]{0,5}", said) or int(said) > wanted:
    sys.exit(43)
if "exact" in words:
    sys.exit(42 if int(said) == wanted else 43)
with open(feedback + "score_multiplier.txt", "w") as file:
    file.write(str(int(said) / wanted))
sys.exit(42)
