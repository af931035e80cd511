kept = None
while True:
    kept = {1: kept, 2: [kept] * 8}
