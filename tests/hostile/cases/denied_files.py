import os

PATHS = ["/etc/shadow", "/etc/gshadow", "/root/.bashrc", "/home/user/.profile", "/proc/1/environ",
         "/proc/1/fd", "/proc/1/mem", "/proc/kcore", "/proc/kmsg", "/proc/keys", "/sys",
         "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/var/log", "/dev/kmsg",
         "/dev/mem", "/dev/vda", "/dev/sda", "/var/run/docker.sock", "/run/secrets", "/run/proc"]
for path in PATHS:
    try:
        seen = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(10)
    except OSError:
        continue
    if seen:
        print(path, seen)
print("denied")
