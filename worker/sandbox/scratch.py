"""How much is in a run's folder, where no mount of its own bounds that."""

import os

_BLOCK_BYTES = 512
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = 8  # so many names of 255 bytes at most make a path that the kernel takes


def overfills(folder: int, most_bytes: int, most_files: int) -> bool:
    """Whether there is more below the folder behind that descriptor than may be.

    What can't be looked into counts as too much: no honest program shuts its folders. Looking ends
    as soon as the answer is known.
    """
    used_bytes = files = 0
    waiting = ["."]  # names, and not descriptors, of which we have few
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
            continue  # it was removed meanwhile
        except OSError:
            return True
    return False


def _entries(base: int, path: str) -> list[tuple[str, bool, int]]:
    """Name, whether it is a folder, and bytes taken on the disk, of what is in a folder."""
    names = path.split("/")
    current = os.dup(base)
    # Step by step, where its path is longer than the kernel takes.
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
