# Objects that are left at the end are not finalized: the process just ends.
class Last:
    def __del__(self):
        while True:
            pass


last = Last()
print(42)
