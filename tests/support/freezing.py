"""Processes that are stopped for a while, as a debugger or a suspended machine stops them."""

import os
import signal
from pathlib import Path

from tests.support.stack import wait_until


def freeze(*pids: int) -> None:
    """Stop the processes; returns once none of their threads runs any more.

    The signal reaches one thread, which stops the others when it is next on a processor. On a busy
    machine those go on until then, and begin to write, say. Raises ProcessLookupError for one that
    is gone.
    """
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(_is_stopped(pid) for pid in pids), "all threads to stop")


def thaw(*pids: int) -> None:
    """Let the processes go on."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    try:
        stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:  # a thread ended while we looked
        return False
    # The program's name, in brackets, may hold brackets and blanks. What has ended (Z, X, or no
    # thread at all) runs no more either.
    return all(stat.rpartition(")")[2].split()[0] in "TZX" for stat in stats)
