# So deep that no path leads there.
import os

try:
    for _ in range(3000):
        os.mkdir("a-rather-long-name-for-a-folder")
        os.chdir("a-rather-long-name-for-a-folder")
except OSError:
    pass
print(42)
