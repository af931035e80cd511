# says: More than 8 MiB of output.
def total(numbers):
    while True:
        print("x" * 65536)
