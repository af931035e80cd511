# says: More than 1 s of CPU time.
def total(numbers):
    while True:
        pass
