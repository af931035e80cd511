"""What a fork server loads once, so that no child has to."""

import atexit
import importlib
import linecache
import re
import traceback
from pathlib import Path

from runner import linux, protocol

# What drivers import, and most answers to array problems.
_COMMON_MODULES = ("collections", "heapq", "math", "numbers", "queue", "random", "typing")
_TORCH_MODULES = ("numpy", "torch", "einops", "runner.cases")
_HUGE_PAGE_BYTES = 2 << 20
_LARGE_BLOCK_BYTES = 128 << 10  # where the C library's own bound starts
_WARM = """
import os, sys
class Warm:
    def __init__(self, n):
        self.n = n
def warm(n):
    return sorted({str(i): Warm(i).n for i in range(n)}.items())
warm(200)
print(f"{warm(2)!r}", end="", file=open(os.devnull, "w"))
"""
_MAP_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")


def load(runtime: str) -> None:
    """Import what `runtime` needs; ImportError says what is missing."""
    if runtime == "exec":
        return
    # What the imports below free must not decide how much memory a submission needs: freed
    # blocks of tensors left gaps in some servers' children and not in others', which made one
    # submission use 49 MB here and 256 MB there.
    linux.map_large_blocks(_LARGE_BLOCK_BYTES)
    for name in ("runner.harness", *_COMMON_MODULES):
        importlib.import_module(name)
    # Lazily compiled patterns, codecs and line caches, all of which a traceback needs.
    linecache.getlines(__file__)
    traceback.format_exception(ValueError("warm"))
    if runtime == "torch":
        _load_torch()
    # What these modules wanted done at exit is nothing of the submission's (torch's takes 30 ms).
    atexit._clear()


def _load_torch() -> None:
    """Import torch and take one step of training.

    The first step imports what optimizers need (1 s and 100 MB that every child would pay for
    again). One thread only: threads don't survive a fork, and a pool of them left half behind
    hangs the children.
    """
    for name in _TORCH_MODULES:
        importlib.import_module(name)
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layer = nn.Linear(4, 4)
    optimizer = torch.optim.Adam(layer.parameters())
    nn.functional.layer_norm(layer(torch.ones(1, 4)), (4,)).sum().backward()
    optimizer.step()
    nn.functional.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3))
    repr(torch.ones(2, 2).softmax(-1))
    torch.allclose(torch.ones(2), torch.ones(2))


def touch(runtime: str) -> None:
    """In a fresh child, while nobody waits: write to the pages that any run would copy.

    A run's own steps are walked through once, on nothing: decoding, compiling, running. Another
    program takes this process's place, and what was copied with it.
    """
    if runtime == "exec":
        return
    words = tuple(str(number) for number in range(100))
    job = protocol.Job(protocol.Mode.SCRIPT, words, {"warm.py": b"\n" * 1000}, {"A": "b"}, words)
    protocol.decode_job(protocol.encode_job(job))
    code = compile(_WARM, "warm", "exec", dont_inherit=True)
    exec(code, {"__name__": "warm"})  # noqa: S102 our own line
    if runtime == "torch":
        import torch

        x = torch.ones(4, 4, requires_grad=True)
        (x @ x).softmax(-1).sum().backward()
        torch.default_generator.manual_seed(0)


def collapse_memory() -> None:
    """Gather the process's anonymous memory into huge pages: forks then copy far fewer tables."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = _MAP_LINE.match(line)
        if found is None:
            continue
        start, end = int(found[1], 16), int(found[2], 16)
        if "w" in found[3] and found[4] in ("", "[heap]") and end - start >= _HUGE_PAGE_BYTES:
            linux.collapse_huge_pages(start, end)
