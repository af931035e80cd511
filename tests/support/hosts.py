"""Simulated hosts on one machine: network namespaces, joined by links that can be cut."""

import ctypes
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.missing import missing

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Host:
    """A network namespace with a loopback. In its `with` block this thread, and the processes and
    threads that it starts, are on that host."""

    def __init__(self, name: str) -> None:
        # Names are global to the machine: two test runs must not share one.
        self.name = f"shousi-{os.getpid()}-{name}"
        _ip("netns", "add", self.name)
        self._back = -1
        _ip("-n", self.name, "link", "set", "lo", "up")

    def __enter__(self) -> Self:
        self._back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(Path("/run/netns") / self.name, os.O_RDONLY)
        _enter(there)
        os.close(there)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _enter(self._back)
        os.close(self._back)

    def remove(self) -> None:
        """Delete the namespace and, with it, the links that end in it."""
        _ip("netns", "delete", self.name)


def _enter(descriptor: int) -> None:
    # Python has os.setns only from 3.12 on.
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Link:
    """A virtual cable from `center` to `far`, with an address at each end."""

    def __init__(self, center: Host, far: Host, number: int) -> None:
        self._center = center.name
        self.address = f"10.213.{number}.1"
        self._end = f"far{number}"
        _ip("-n", center.name, "link", "add", self._end, "type", "veth",
            "peer", "name", "near", "netns", far.name)  # fmt: skip
        _ip("-n", center.name, "address", "add", f"{self.address}/24", "dev", self._end)
        _ip("-n", far.name, "address", "add", f"10.213.{number}.2/24", "dev", "near")
        _ip("-n", far.name, "link", "set", "near", "up")
        self.join()

    def cut(self) -> None:
        """Drop all packets from now on, without an error at either end."""
        _ip("-n", self._center, "link", "set", self._end, "down")

    def join(self) -> None:
        _ip("-n", self._center, "link", "set", self._end, "up")


class Hosts:
    """Makes hosts and removes them at the block's end; skips the test if it can't make any."""

    def __enter__(self) -> Self:
        self._made = ExitStack()
        if os.geteuid() != 0 or shutil.which("ip") is None:
            missing("network namespaces: they need root and the program ip")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._made.close()

    def host(self, name: str) -> Host:
        try:
            made = Host(name)
        except subprocess.CalledProcessError as error:
            missing(f"network namespaces: {error.stderr.decode().strip()}")
        self._made.callback(made.remove)
        return made
