"""The engine's system call filter for the container that holds the fork servers.

Theory of operation. An engine's own profile forbids what a fork server does for a living: making
namespaces and mounts. This one is built from the same tables as a jail's filter: what any program
may call, plus the calls by which host and fork servers make jails, and nothing else. Namespaces
give no rights outside themselves, and the container has no capability to begin with. A
jail's own filter comes on top, and of two filters the stricter word counts.

The profile is committed as `container_filter.json`, for compose and for whoever starts the
container by hand; `python -m worker.sandbox.seccomp.container_profile` writes it anew.
"""

import errno
import json
import sys
from pathlib import Path
from typing import Any

from worker.sandbox.seccomp import syscalls

PROFILE = Path(__file__).with_suffix(".json")
_ARCHITECTURES = ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64")  # without 32-bit and x32 companions
_AF_UNIX = 1
_SERVERS = """
accept accept4 bind capset connect listen memfd_create mount mount_setattr pivot_root seccomp
setgroups setns setresgid setresuid umount2 unshare
"""
"""What host and fork servers call beyond what any program may."""
_MAKING_JAILS = """
mount mount_setattr pivot_root setgroups setns setresgid setresuid umount2 unshare
"""
"""Of these, what nobody needs in a container that is a single run's."""


def profile(*, nested: bool = True) -> dict[str, Any]:
    """The filter in the form that container engines read; `nested` is with jails inside."""
    # What a jail's filter looks at closely or only pretends to do, servers may simply do.
    tables = (syscalls.ALLOWED, syscalls.EXECUTING, syscalls.EXAMINED, syscalls.IGNORED)
    names = {entry.split(":")[0] for table in tables for entry in table.split()}
    names = (names | set(_SERVERS.split())) - {"clone3", "personality"}
    if not nested:
        names -= set(_MAKING_JAILS.split())
    unix_only = [{"index": 0, "value": _AF_UNIX, "op": "SCMP_CMP_EQ"}]
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "archMap": [{"architecture": one, "subArchitectures": []} for one in _ARCHITECTURES],
        "syscalls": [
            {"names": sorted(names), "action": "SCMP_ACT_ALLOW"},
            {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": unix_only},
            # Its flags are behind a pointer; libc falls back on clone.
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
        ],
    }


def text(*, nested: bool = True) -> str:
    """The profile as text; nested, it is the committed file's content."""
    return json.dumps(profile(nested=nested), indent=1) + "\n"


def main() -> int:
    """Write the file."""
    PROFILE.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
