# says: sample/1: 
# says: Odd: 6
class Odd(Exception):
    pass


def total(numbers):
    raise Odd(sum(numbers))
