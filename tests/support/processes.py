"""Find the processes of a launched service in /proc, by kind."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from judge.proc_stat import PARENT, stat_fields
from tests.support.launched import Launched

IN_JAIL_DEPTH = 4  # below the launcher, the worker, the host and a fork server


def kinds_of_processes(launched: Launched) -> dict[str, list[int]]:
    """Return the service's processes by kind: depth below the launcher, owner, and the letters of
    the command line."""
    found: dict[str, list[int]] = {}
    for pid in launched.family() - {launched.process.pid}:
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            words = [word.decode(errors="replace") for word in command if word]
            status = Path(f"/proc/{pid}/status").read_text()
            depth, parent = 0, pid
            while parent != launched.process.pid and depth < 20:
                stat = Path(f"/proc/{parent}/stat").read_text()
                parent, depth = int(stat_fields(stat)[PARENT]), depth + 1
            threads = "".join(letter for letter in " ".join(words[:6]) if letter.isalpha())
            user = status.partition("Uid:")[2].split()[0]
            owner = "jailed" if int(user) not in {0, os.getuid()} else "ours"
            found.setdefault(f"{depth} {owner} {threads[:60]}", []).append(pid)
    return found


def may_run_a_submission(kind: str) -> bool:
    """Whether a process of this kind may be a running submission, or process 1 of its jail. If it
    is killed, the submission may get RTE: the worker can't know who killed it."""
    depth, owner, _ = kind.split(" ", 2)
    return owner == "jailed" and int(depth) >= IN_JAIL_DEPTH


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)
