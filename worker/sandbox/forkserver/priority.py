"""Lowers the priority of processes that no request waits for yet, and restores it later."""

import os

_LEAST = 19


def lower(group: int) -> bool:
    """Give a process group the lowest priority; if that couldn't be undone, only return False."""
    if not _may_raise():
        return False
    os.setpriority(os.PRIO_PGRP, group, _LEAST)
    return True


def restore(group: int) -> None:
    """Give a process group this process's priority again."""
    os.setpriority(os.PRIO_PGRP, group, os.getpriority(os.PRIO_PROCESS, 0))


def _may_raise() -> bool:
    """Try whether priorities may be raised: a container's root may lack that right."""
    now = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, now - 1)
    except PermissionError:
        return False
    os.setpriority(os.PRIO_PROCESS, 0, now)
    return True
