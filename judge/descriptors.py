"""The limit of a process's open descriptors, and waiting until one can be read."""

import resource
import select
from collections.abc import Sequence


def raise_descriptor_limit() -> None:
    """Raise this process's limit of open descriptors to its maximum; its children inherit it.

    The usual limit of 1024 is for programs that call select(2). It also limits how many descriptors
    the user's processes together may have in flight in messages before we can send no more.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def wait_readable(fds: Sequence[int], timeout_s: float | None) -> bool:
    """Whether one of `fds` becomes readable (an end of file counts) within `timeout_s` seconds;
    None waits for ever."""
    # Not select, which fails on descriptors from 1024 up.
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
