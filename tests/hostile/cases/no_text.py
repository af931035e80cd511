class NoText:
    def __str__(self):
        raise ValueError("no text")


def solve(n):
    return NoText()
