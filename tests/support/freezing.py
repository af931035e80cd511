"""Stop processes with SIGSTOP and continue them, like a debugger or a suspended machine."""

import os
import signal
from pathlib import Path

from judge.proc_stat import STATE, stat_fields
from tests.support.stack import wait_until


def freeze(*pids: int) -> None:
    """Stop the processes; return once none of their threads runs any more.

    The signal reaches one thread, which stops the others when it next gets a processor. On a busy
    machine the others run on until then, and may for instance write. Raises ProcessLookupError if a
    process has ended.
    """
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(_is_stopped(pid) for pid in pids), "all threads to stop")


def thaw(*pids: int) -> None:
    """Let the processes continue."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    try:
        stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:  # a thread has just ended
        return False
    # Split after the last bracket: the program's name may contain brackets and spaces. Threads that
    # have ended (Z, X, or none left) count as stopped.
    return all(stat_fields(stat)[STATE] in "TZX" for stat in stats)
