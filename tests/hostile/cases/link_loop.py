import os

os.symlink("b", "a")
os.symlink("a", "b")
os.symlink("/", "root")
try:
    open("a")
except OSError:
    print(os.path.exists("root") and 42)
