"""The engine's system call filter for the container that holds the fork servers.

Theory of operation. An engine's own profile forbids a fork server's main work: making namespaces
and mounts. This profile is built from the same tables as a jail's filter: it allows the calls that
any program may make, and the calls by which host and fork servers make jails, and nothing else.
Namespaces give no rights outside themselves, and the container has no capability to begin with. A
jail adds its own filter, and of two filters the stricter answer counts.

The profile is committed as `container_profile.json`, for compose and for a container that is
started by hand; `python -m worker.sandbox.seccomp.container_profile` writes it again.
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
setdomainname setgroups sethostname setns setresgid setresuid umount2 unshare
"""
"""The calls of host and fork servers that other programs may not make."""
_MAKING_JAILS = """
mount mount_setattr pivot_root setdomainname setgroups sethostname setns setresgid setresuid umount2
unshare
"""
"""Those of them that a container for a single run doesn't need."""


def profile(*, nested: bool = True) -> dict[str, Any]:
    """Return the filter in the engines' format; `nested`: the container will have jails inside."""
    # Servers may make all calls that a jail's filter restricts by arguments or ignores.
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
            # Its flags are behind a pointer, which a filter can't follow; libc then uses clone.
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
        ],
    }


def text(*, nested: bool = True) -> str:
    """Return the profile as text; with `nested`, it is the committed file's content."""
    return json.dumps(profile(nested=nested), indent=1) + "\n"


def main() -> int:
    """Write the committed file."""
    PROFILE.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
