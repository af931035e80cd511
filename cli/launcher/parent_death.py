"""End a process when the process that started it dies."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Looked up before any fork: after it, only async-signal-safe calls are allowed.
_prctl = ctypes.CDLL(None).prctl


def die_with_parent(parent: int) -> None:
    """Have the kernel send this process SIGTERM when `parent`, its parent, dies.

    Can be used as `preexec_fn`. If the parent has already died, the process exits here.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
