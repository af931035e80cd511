import os

os.symlink("b", "a")
os.symlink("a", "b")
os.symlink("/", "root")
try:
    open("a")
except OSError:
    print(len(os.listdir("root")) and 42)
