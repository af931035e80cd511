import os

places = ["/", "/etc", "/dev", "/app", "/proc/sys/kernel", os.path.dirname(os.__file__)]
for place in places:
    try:
        open(place + "/written", "w")
        print("wrote to", place)
    except OSError:
        pass
os.symlink("/etc/passwd", "link")
try:
    open("link", "a")
    print("wrote through a link")
except OSError:
    pass
print("denied")
