"""Tell the launcher that this process serves now, so that it can tell a failed start from a
later kill."""

import os

READY_FD = "SHOUSI_READY_FD"


def tell_ready() -> None:
    """Write to the descriptor that the environment names, once; does nothing without one."""
    named = os.environ.pop(READY_FD, None)
    if named is None:
        return
    descriptor = int(named)
    os.write(descriptor, b"\n")
    os.close(descriptor)
