import os

os.dup2(os.open("file", os.O_WRONLY | os.O_CREAT), 1)
print(42)
