"""What a fork server loads once, so that no child has to."""

import atexit
import importlib
import linecache
import re
import traceback
from pathlib import Path

from runner import linux

# What drivers import, and most answers to array problems.
_COMMON_MODULES = ("collections", "heapq", "math", "numbers", "queue", "random", "typing")
_TORCH_MODULES = ("numpy", "torch", "einops", "runner.calls")
_HUGE_PAGE_BYTES = 2 << 20
_LARGE_BLOCK_BYTES = 128 << 10  # where the C library's own bound starts
_MAP_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")


def load(runtime: str) -> None:
    """Import what `runtime` needs; ImportError says what is missing."""
    if runtime == "exec":
        return
    # What the imports below free must not decide how much memory a submission needs: freed
    # blocks of tensors left gaps in some servers' children and not in others', which made one
    # submission use 49 MB here and 256 MB there.
    linux.map_large_blocks(_LARGE_BLOCK_BYTES)
    for name in ("runner.script", "runner.harness", *_COMMON_MODULES):
        importlib.import_module(name)
    # Lazily compiled patterns, codecs and line caches, all of which a traceback needs.
    linecache.getlines(__file__)
    traceback.format_exception(ValueError("warm"))
    if runtime == "torch":
        for name in _TORCH_MODULES:
            importlib.import_module(name)
        import torch
        from torch import nn

        # Threads don't survive a fork, and a pool of them left half behind hangs the children.
        torch.set_num_threads(1)
        for device in ("cpu", "meta"):
            _try_operations(device)
        # The first step of training imports what optimizers need: 1 s and 100 MB that every child
        # would pay for again.
        layer = nn.Linear(4, 4)
        optimizer = torch.optim.Adam(layer.parameters())
        layer(torch.ones(1, 4)).sum().backward()
        optimizer.step()
        repr(torch.ones(2, 2).softmax(-1))
        torch.allclose(torch.ones(2), torch.ones(2))
    # What these modules wanted done at exit is nothing of the submission's (torch's takes 30 ms).
    atexit._clear()


def _try_operations(device: str) -> None:
    """Call once what attention and projectors are made of: an operation's first call looks up its
    kernel, on `meta` in Python, and some compile code for this processor (gelu: 14 ms)."""
    import torch
    from torch import nn
    from torch.nn import functional

    x = torch.ones(2, 3, 4, device=device, requires_grad=True)
    tokens = nn.LayerNorm(4).to(device)(nn.Linear(4, 4).to(device)(x))
    heads = tokens.view(2, 3, 2, 2).transpose(1, 2).contiguous()
    scores = heads @ heads.transpose(-2, -1) / 2.0
    keep = torch.arange(3, device=device) < 2
    weights = scores.masked_fill(~keep, float("-inf")).softmax(dim=-1)
    mixed = torch.einsum("bhqk,bhkd->bqhd", functional.dropout(weights, 0.5), heads)
    functional.scaled_dot_product_attention(heads, heads, heads)
    functional.gelu(mixed.reshape(2, 3, 4)).sum().backward()
    functional.conv2d(torch.ones(1, 1, 8, 8, device=device), torch.ones(1, 1, 3, 3, device=device))
    torch.cat([torch.zeros(2, device=device), torch.full((2,), 2.0, device=device)])


def collapse_memory() -> None:
    """Gather the process's anonymous memory into huge pages: forks then copy far fewer tables."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = _MAP_LINE.match(line)
        if found is None:
            continue
        start, end = int(found[1], 16), int(found[2], 16)
        if "w" in found[3] and found[4] in ("", "[heap]") and end - start >= _HUGE_PAGE_BYTES:
            linux.collapse_huge_pages(start, end)
