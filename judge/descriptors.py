"""How many files and connections our processes may hold, and waiting for them."""

import resource
import select
from collections.abc import Sequence


def raise_descriptor_limit() -> None:
    """Let this process hold as many descriptors as it may; its children start with the same.

    The usual limit of 1024 is for programs that call select(2). It also bounds how many descriptors
    of this user may be under way in messages, whoever sent them, before *we* may send no more.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def wait_readable(fds: Sequence[int], timeout_s: float | None) -> bool:
    """Whether one of `fds` has something to read (an end counts), within `timeout_s` seconds; None
    waits for ever."""
    # Not select, which fails on descriptors from 1024 up.
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
