total = 0
for _ in range(int(input())):
    print("?", flush=True)
    total += int(input())
print(total)
