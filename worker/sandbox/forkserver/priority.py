"""The priority of what nobody waits for yet: the least one, until somebody does."""

import os

_LEAST = 19


def lower(group: int) -> bool:
    """Give a process group the least priority; False where that could not be taken back."""
    if not _may_raise():
        return False
    os.setpriority(os.PRIO_PGRP, group, _LEAST)
    return True


def restore(group: int) -> None:
    """Give a process group our own priority again."""
    os.setpriority(os.PRIO_PGRP, group, os.getpriority(os.PRIO_PROCESS, 0))


def _may_raise() -> bool:
    """Tried out, for a container's root may seem to have the right and not have it."""
    now = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, now - 1)
    except PermissionError:
        return False
    os.setpriority(os.PRIO_PROCESS, 0, now)
    return True
