def total(numbers):
    return abs(sum(numbers))
