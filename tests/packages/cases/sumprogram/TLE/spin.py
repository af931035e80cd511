# says: More than 1 s of CPU time.
while True:
    pass
