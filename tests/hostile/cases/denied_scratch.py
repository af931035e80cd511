# The scratch folder is bounded in bytes and in files.
try:
    with open("big", "wb") as file:
        for _ in range(1000):
            file.write(b"x" * (1 << 20))
    print("wrote a gigabyte")
except OSError:
    pass
try:
    for number in range(100_000):
        open(f"file{number}", "w").close()
    print("made 100,000 files")
except OSError:
    pass
print("denied")
