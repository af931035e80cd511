# says: line 3
def total(numbers):
    return sum(numbers
