order, word = input().split()
if order == "pack":
    print("".join("abcdefghij"[int(digit)] for digit in word))
else:
    print("".join(str("abcdefghij".index(letter)) for letter in word))
assert order == "pack"
