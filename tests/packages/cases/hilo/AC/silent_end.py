import os
low, high = 1, 100
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    said = input()
    if said == "right":
        break
    if said == "lower":
        high = guess - 1
    else:
        low = guess + 1
os._exit(0)
