import os

secret = [name for name in os.environ if "SHOUSI" in name or "TOKEN" in name or "KEY" in name]
print(secret or "denied")
