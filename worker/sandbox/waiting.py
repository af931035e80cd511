"""Waiting for descriptors: by poll, since select fails on those from 1024 up."""

import select


def wait_readable(fds: list[int], timeout_s: float) -> bool:
    """Whether one of `fds` has something to read (an end counts), within `timeout_s` seconds."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))
