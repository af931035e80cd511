def total(numbers):
    return sum(numbers) + 0 * numbers[0]
