"""Parts of the machine that a run can break for its own service alone: a disk and a clock."""

import os
import struct
import subprocess
import sys
from pathlib import Path

_INSIDE = "SHOUSI_CHAOS_INSIDE"
_PIECE = b"\0" * 65536


def enter_own_mounts() -> None:
    """Go on in a mount namespace of our own, which takes what is mounted along when it ends."""
    if os.environ.get(_INSIDE) == "1" or os.geteuid() != 0:
        return
    command = ["unshare", "--mount", "--propagation", "private", sys.executable]
    os.execvpe(command[0], [*command, *sys.orig_argv[1:]], {**os.environ, _INSIDE: "1"})


class Disk:
    """A small file system in memory at `folder`, in a mount namespace of our own."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(mode=0o755)
        options = f"size={megabytes}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave not one page."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while file.write(_PIECE):
                    pass
            except OSError:  # full, as wanted
                return

    def free(self) -> None:
        self._filler.unlink()


class Clock:
    """A clock of the day for the processes that are started with `environment`; see `clock.c`."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._file.write_bytes(struct.pack("q", 0))
        self._ahead_s = 0
        self.environment = {"LD_PRELOAD": str(library), "SHOUSI_CHAOS_CLOCK": str(self._file)}

    def step(self, seconds: int) -> None:
        """Set it so much forwards, or back."""
        self._ahead_s += seconds
        # In place: the processes have mapped this very file.
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", self._ahead_s))


def build_clock(folder: Path) -> Path:
    """The library, compiled."""
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(library), str(source), "-ldl"], check=True)
    return library
