# says: the submission must define `def total(numbers: list[int]) -> int`
def sum_of(numbers):
    return sum(numbers)
