# says: Both must be positive.
print(-1, int(input()) + 1)
