print("a" if input().startswith("pack") else 0)
