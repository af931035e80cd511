import os

PATHS = ["/etc/shadow", "/etc/hostname", "/root/.bashrc", "/home/user/.profile", "/bin/sh", "/usr/bin/python3",
         "/proc/1/environ", "/proc/1/fd", "/proc/cpuinfo", "/sys", "/proc/sys/kernel/core_pattern",
         "/proc/sysrq-trigger", "/var/log", "/dev/kmsg", "/dev/mem", "/run"]
for path in PATHS:
    try:
        print(path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(10))
    except OSError:
        pass
print("denied")
