"""Loads once, in a fork server, the modules that every child would otherwise load."""

import atexit
import importlib
import io
import linecache
import re
import sys
import traceback
import weakref
from collections.abc import Callable
from pathlib import Path

from runner import linux

# Modules that drivers and most solutions of array problems import.
_COMMON_MODULES = ("collections", "heapq", "math", "numbers", "queue", "random", "typing")
_TORCH_MODULES = ("numpy", "torch", "einops", "runner.calls")
_HUGE_PAGE_BYTES = 2 << 20
_LARGE_BLOCK_BYTES = 128 << 10  # the C library's initial threshold
_MAP_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")


def load(runtime: str) -> None:
    """Import the modules of `runtime`; raises ImportError with the missing module's name."""
    if runtime == "exec":
        return
    # Memory that the imports below free must not change how much a submission uses: freed blocks
    # left gaps in the children of some servers only, so the same submission used 49 MB in one and
    # 256 MB in another.
    linux.map_large_blocks(_LARGE_BLOCK_BYTES)
    for name in ("runner.script", "runner.harness", *_COMMON_MODULES):
        importlib.import_module(name)
    # A traceback needs patterns, codecs and line caches that Python loads at first use.
    linecache.getlines(__file__)
    traceback.format_exception(ValueError("warm"))
    if runtime == "torch":
        for name in _TORCH_MODULES:
            importlib.import_module(name)
        import torch
        from torch import nn

        _send_tensors_as_bytes()
        # Threads don't survive a fork: children would hang in torch's thread pool.
        torch.set_num_threads(1)
        for device in ("cpu", "meta"):
            _try_operations(device)
        # The first training step imports the optimizers' modules: 1 s and 100 MB, which every
        # child would spend again.
        layer = nn.Linear(4, 4)
        optimizer = torch.optim.Adam(layer.parameters())
        layer(torch.ones(1, 4)).sum().backward()
        optimizer.step()
        repr(torch.ones(2, 2).softmax(-1))
        torch.allclose(torch.ones(2), torch.ones(2))
    _drop_exit_handlers()
    # A child's folder for temporary files may be another than the server's.
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None


def _drop_exit_handlers() -> None:
    """Drop the exit handlers of the loaded libraries (torch's take 30 ms), but not those by which
    the standard library ends what a submission has begun: it waits for processes, calls finalizers
    and writes the log's last lines."""
    atexit._clear()
    for one in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        one.atexit = False
    # The first finalizer of a submission registers the handler again.
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    for module, name in (("logging", "shutdown"), ("multiprocessing.util", "_exit_function")):
        if module in sys.modules:
            atexit.register(getattr(sys.modules[module], name))


def _send_tensors_as_bytes() -> None:
    """Let processes send each other tensors as bytes, for instance the batches of a DataLoader's
    workers.

    torch would share their memory and pass its descriptor through a socket with a name. The filter
    forbids such sockets, so the receiver would wait for ever.
    """
    from multiprocessing.reduction import ForkingPickler

    import torch

    def as_bytes(tensor: torch.Tensor) -> tuple[Callable[..., object], tuple[io.BytesIO]]:
        saved = io.BytesIO()
        torch.save(tensor, saved)
        saved.seek(0)
        return torch.load, (saved,)

    for kind in (torch.Tensor, torch.nn.Parameter):
        ForkingPickler.register(kind, as_bytes)


def _try_operations(device: str) -> None:
    """Call each operation of attention and projectors once: the first call looks up its kernel, on
    `meta` in Python, and sometimes compiles code for this processor (gelu: 14 ms)."""
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
    """Move anonymous memory into huge pages: forks then copy far fewer page-table entries."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = _MAP_LINE.match(line)
        if found is None:
            continue
        start, end = int(found[1], 16), int(found[2], 16)
        if "w" in found[3] and found[4] in ("", "[heap]") and end - start >= _HUGE_PAGE_BYTES:
            linux.collapse_huge_pages(start, end)
