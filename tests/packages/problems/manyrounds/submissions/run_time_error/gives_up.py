total = 0
for count in range(int(input())):
    print("?", flush=True)
    total += int(input())
    if count == 50_000:
        raise ValueError("enough")
print(total)
