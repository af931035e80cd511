n = int(input())
print(n if n > 8 else n + 1)
