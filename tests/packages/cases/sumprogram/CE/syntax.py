# says: line 2
def total(:
    pass
