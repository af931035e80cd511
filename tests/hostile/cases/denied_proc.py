# /proc lets nothing be changed but what is one's own anyway.
import os

WRITES = {"/proc/self/oom_score_adj": "-1000", "/proc/self/uid_map": "0 0 1", "/proc/self/setgroups": "allow",
          "/proc/self/loginuid": "0", "/proc/1/oom_score_adj": "1000", "/proc/1/clear_refs": "1",
          "/proc/sys/kernel/core_pattern": "|/box/x", "/proc/sysrq-trigger": "b", "/proc/1/mem": "x",
          "/proc/self/attr/current": "unconfined", "/proc/1/comm": "x"}
for path, text in WRITES.items():
    try:
        with open(path, "w") as file:
            file.write(text)
        print("wrote", path)
    except OSError:
        pass
for name in ("root", "cwd", "exe"):
    try:
        if os.getpid() != 1:
            print("sees", os.readlink(f"/proc/1/{name}"))
    except OSError:
        pass
print("denied")
