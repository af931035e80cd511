# Nothing of a system is there but what the interpreter loads.
import os

PATHS = ["/etc/hostname", "/etc/os-release", "/bin/sh", "/usr/bin/python3", "/run/lock", "/var/lib", "/usr/sbin"]
for path in PATHS:
    if os.path.exists(path):
        print("sees", path)
print("denied")
