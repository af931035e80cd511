# says: More than 8 MiB of standard output.
def total(numbers):
    while True:
        print("x" * 65536)
