"""A process that does not outlive the one that started it."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Looked up before any fork: after it, only async-signal-safe calls are allowed.
_prctl = ctypes.CDLL(None).prctl


def die_with_parent(parent: int) -> None:
    """Have the kernel send us SIGTERM when process `parent`, our parent, dies.

    Fit for a `preexec_fn`. If the parent died before we asked, the process ends here.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
