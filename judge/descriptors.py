"""How many files and connections our processes may hold."""

import resource


def raise_descriptor_limit() -> None:
    """Let this process hold as many descriptors as it may; its children start with the same.

    The usual limit of 1024 is for programs that call select(2). It also bounds how many descriptors
    of this user may be under way in messages, whoever sent them, before *we* may send no more.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
