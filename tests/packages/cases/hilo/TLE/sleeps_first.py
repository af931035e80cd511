# says: The tests together took more than 10 s by the clock; 1 of them were not run.
import time

time.sleep(7)
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
