"""Tells the launcher that this process is ready, so that the launcher can tell a failed start from
a later kill."""

import os

READY_FD = "SHOUSI_READY_FD"


def tell_ready() -> None:
    """Write once to the descriptor that the environment names; without one, do nothing."""
    named = os.environ.pop(READY_FD, None)
    if named is None:
        return
    descriptor = int(named)
    os.write(descriptor, b"\n")
    os.close(descriptor)
