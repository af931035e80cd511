"""A disk and a clock that a run can break without touching the rest of the machine."""

import os
import struct
import subprocess
import sys
from pathlib import Path

_INSIDE = "SHOUSI_CHAOS_INSIDE"
_PIECE = b"\0" * 65536


def enter_own_mounts() -> None:
    """Restart this program in its own mount namespace: its mounts disappear when it ends."""
    if os.environ.get(_INSIDE) == "1" or os.geteuid() != 0:
        return
    command = ["unshare", "--mount", "--propagation", "private", sys.executable]
    os.execvpe(command[0], [*command, *sys.orig_argv[1:]], {**os.environ, _INSIDE: "1"})


class Disk:
    """A small file system in memory, mounted at `folder`."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(mode=0o755)
        options = f"size={megabytes}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Fill the disk to the last page."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while file.write(_PIECE):
                    pass
            except OSError:  # the disk is full
                return

    def free(self) -> None:
        self._filler.unlink()


class Clock:
    """A wall clock for the processes that are started with `environment`; see `clock.c`."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._file.write_bytes(struct.pack("q", 0))
        self._ahead_s = 0
        self.environment = {"LD_PRELOAD": str(library), "SHOUSI_CHAOS_CLOCK": str(self._file)}

    def step(self, seconds: int) -> None:
        """Set the clock forward by `seconds`, or back if negative."""
        self._ahead_s += seconds
        # Written in place, because the processes have mapped this file.
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", self._ahead_s))


def build_clock(folder: Path) -> Path:
    """Compile the clock's library; return its path."""
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(library), str(source), "-ldl"], check=True)
    return library
