# says: The tests together took more than 13 s by the clock.
import time

time.sleep(5)
order, word = input().split()
if order == "pack":
    print("".join("abcdefghij"[int(digit)] for digit in word))
else:
    print("".join(str("abcdefghij".index(letter)) for letter in word))
