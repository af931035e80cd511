import os

open("file", "w").close()
try:
    for number in range(100_000):
        os.link("file", f"link{number}")
    print("no bound")
except OSError:
    print("denied")
