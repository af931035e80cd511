import os

for path in ("/dev/tty", "/dev/console", "/dev/tty1", "/dev/pts/0", "/dev/input/event0", "/dev/fuse", "/dev/kvm"):
    try:
        os.open(path, os.O_RDWR)
        print("opened", path)
    except OSError:
        pass
print("denied")
