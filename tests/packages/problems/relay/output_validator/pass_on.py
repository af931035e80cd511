import re
import sys

input_file, answer_file, feedback = sys.argv[1:4]
said = sys.stdin.read().split()
with open(input_file) as file:
    order = file.read().split()
with open(feedback + "judgemessage.txt", "a") as file:
    file.write(f"pass {order[0]}\n")
if len(said) != 1:
    sys.exit(43)
if order[0] == "pack":
    if not re.fullmatch("[a-z]{1,10}", said[0]):
        sys.exit(43)
    with open(feedback + "nextpass.in", "w") as file:
        file.write(f"unpack {said[0]}\n")
    sys.exit(42)
with open(answer_file) as file:
    sys.exit(42 if file.read().split() == said else 43)
