# says: sample/1: The token differs
def total(numbers):
    print(sum(numbers))
    return "unknown"
