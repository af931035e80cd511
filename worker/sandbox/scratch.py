"""Measures the contents of a run's folder, if it has no mount of its own with a size limit."""

import os

_BLOCK_BYTES = 512
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = 8  # the kernel accepts any path of this many names (of at most 255 bytes each)


def overfills(folder: int, most_bytes: int, most_files: int) -> bool:
    """Whether the folder behind a descriptor contains more bytes or files than allowed.

    An unreadable folder counts as too much: no honest program locks its folders. The search stops
    as soon as the answer is known.
    """
    used_bytes = files = 0
    waiting = ["."]  # paths, because the number of open descriptors is limited
    while waiting:
        current = waiting.pop()
        try:
            for name, is_folder, taken in _entries(folder, current):
                files += 1
                used_bytes += taken
                if used_bytes > most_bytes or files > most_files:
                    return True
                if is_folder:
                    waiting.append(f"{current}/{name}")
        except FileNotFoundError:
            continue  # the folder was removed meanwhile
        except OSError:
            return True
    return False


def _entries(base: int, path: str) -> list[tuple[str, bool, int]]:
    """Return each entry of a folder: its name, whether it is a folder, and its bytes on disk."""
    names = path.split("/")
    current = os.dup(base)
    # Open it in steps: its path may be longer than the kernel accepts.
    for start in range(0, len(names), _STEP):
        former = current
        try:
            current = os.open("/".join(names[start : start + _STEP]), _FLAGS, dir_fd=former)
        finally:
            os.close(former)
    found = []
    try:
        with os.scandir(current) as entries:
            for entry in entries:
                try:
                    taken = entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
                except FileNotFoundError:
                    continue
                found.append((entry.name, entry.is_dir(follow_symlinks=False), taken))
    finally:
        os.close(current)
    return found
