import sys


def wrong(why):
    with open(sys.argv[3] + "judgemessage.txt", "a") as file:
        file.write(why)
    sys.exit(43)


with open(sys.argv[1]) as file:
    secret = int(file.read())
for _ in range(7):
    line = sys.stdin.readline().strip()
    if not line.isdigit() or not 1 <= int(line) <= 100:
        wrong(f"no guess: {line!r}")
    guess = int(line)
    print("right" if guess == secret else "higher" if secret > guess else "lower", flush=True)
    if guess == secret:
        if sys.stdin.read().strip():
            wrong("it goes on after the right guess")
        sys.exit(42)
wrong("too many guesses")
