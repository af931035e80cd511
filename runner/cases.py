"""Tensors for drivers of torch problems: made from a case file, loaded, and put into the answer.

A case's tensors are a pure function of the case file: small ones are written out, others are
drawn from SplitMix64, computed here in numpy's integers, so that every machine and every version
of torch sees the same numbers. (Steele, Lea, Flood: Fast splittable pseudorandom number
generators, OOPSLA 2014; each element hashes its own index, so drawing has no state.) In torch the
same would take a fresh process 0.7 ms longer: each kernel's first use costs it pages.

Every tensor is made with its dtype and device spelled out: a submission may change the defaults.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from runner import harness

_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_FRACTION_BITS = 24  # the most that float32 holds exactly


def make_tensor(spec: Mapping[str, Any]) -> Tensor:
    """The tensor that `spec` describes, on the CPU.

    `dtype` names it (default float32). `values` (nested lists) gives it in full, `eye: n` is the
    n x n identity. Otherwise `shape` and `seed` draw it: floats are uniform in [-1, 1) times
    `scale` (default 1); with `below`, integers (or, for bool, truth values) in [0, below).
    `strided: true` makes it a view with the same values, of which no two dimensions are contiguous.
    """
    dtype = getattr(torch, spec.get("dtype", "float32"))
    if "values" in spec:
        tensor = torch.tensor(spec["values"], dtype=dtype, device="cpu")
    elif "eye" in spec:
        tensor = torch.eye(spec["eye"], dtype=dtype, device="cpu")
    else:
        tensor = _draw(spec).to(dtype)
    return _strided(tensor) if spec.get("strided") else tensor


def make_input(spec: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """A leaf that will get the gradient, and the equal tensor to hand to the submission.

    The second is computed from the first, so that changing it in place is legal, and shows.
    """
    leaf = make_tensor({**spec, "strided": False}).requires_grad_()
    return leaf, _strided(leaf) if spec.get("strided") else leaf.clone()


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy `weights` into the module's parameters and buffers of those names.

    Raises AttributeError where the module has no such name, ValueError where its shape or dtype
    is another, each in words.
    """
    owned = module.state_dict()
    for name, weight in weights.items():
        _check_weight(type(module).__name__, name, owned.get(name), weight)
    module.load_state_dict(dict(weights), strict=False)


def backward(output: Tensor, probe: Tensor) -> None:
    """Backpropagate sum(output * probe).

    An output that depends on nothing trainable, or of another shape than `probe`, leaves the
    gradients as they are: the answer then differs where the submission is wrong, and says how.
    """
    if output.requires_grad and output.shape == probe.shape:
        (output * probe).sum().backward()


def gradient(tensor: Tensor) -> Tensor:
    """The gradient that reached `tensor`; zeros where none did."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def emit_tensor(name: str, tensor: object) -> None:
    """Answer a tensor; raises TypeError where it is no tensor, or not a real, dense one."""
    harness.answer(format_tensor(name, checked(name, tensor)))


def format_tensor(name: str, tensor: Tensor) -> str:
    """`tensor NAME DTYPE 2x8`, then a line of values per innermost row."""
    shape = "x".join(str(size) for size in tensor.shape) or "scalar"
    header = f"tensor {name} {str(tensor.dtype).removeprefix('torch.')} {shape}"
    return "\n".join([header, *_rows(tensor.detach().cpu())])


def _draw(spec: Mapping[str, Any]) -> Tensor:
    shape = spec["shape"]
    bits = _splitmix(int(spec["seed"]), math.prod(shape))
    if "below" in spec:
        return torch.from_numpy(bits % int(spec["below"])).reshape(shape)
    half = 1 << (_FRACTION_BITS - 1)
    return torch.from_numpy((bits - half) / half * float(spec.get("scale", 1.0))).reshape(shape)


def _splitmix(seed: int, count: int) -> NDArray[np.int64]:
    """The top 24 bits of SplitMix64's outputs 0 ... count - 1 for `seed`, as int64 (count)."""
    state = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    state += np.uint64(seed % (1 << 64))
    for shift, factor in _MIX:
        state ^= state >> np.uint64(shift)
        state *= np.uint64(factor)
    state ^= state >> np.uint64(31)
    return (state >> np.uint64(64 - _FRACTION_BITS)).astype(np.int64)


def _strided(tensor: Tensor) -> Tensor:
    """The same values as every second element, along each dimension, of a larger tensor.

    The rest is NaN or ones. No two dimensions can be merged without a copy.
    """
    filler = math.nan if tensor.is_floating_point() else 1
    larger = torch.full(
        [2 * size for size in tensor.shape], filler, dtype=tensor.dtype, device="cpu"
    )
    view = larger[(slice(None, None, 2),) * tensor.dim()]
    view.copy_(tensor)
    return view


def _check_weight(owner: str, name: str, own: Tensor | None, weight: Tensor) -> None:
    if own is None:
        raise AttributeError(f"{owner} has no parameter `{name}`, shape {tuple(weight.shape)}")
    if own.shape != weight.shape:
        raise ValueError(f"`{name}` has shape {tuple(own.shape)}, expected {tuple(weight.shape)}")
    if own.dtype != weight.dtype:
        raise ValueError(f"`{name}` has dtype {own.dtype}, expected {weight.dtype}")


def checked(name: str, tensor: object) -> Tensor:
    """What the submission gave as `name`, detached; TypeError unless a real, dense tensor."""
    if tensor is None:
        raise TypeError(f"`{name}` is None, expected a tensor: is a `return` missing?")
    if not isinstance(tensor, Tensor):
        raise TypeError(f"`{name}` is a {type(tensor).__name__}, expected a tensor")
    if tensor.is_complex() or tensor.layout != torch.strided or tensor.is_quantized:
        raise TypeError(f"`{name}` must be a real, dense tensor, got {tensor.dtype}")
    return tensor.detach()


def _rows(tensor: Tensor) -> Iterator[str]:
    width = tensor.shape[-1] if tensor.dim() else 1
    if tensor.numel() == 0:
        return
    if tensor.is_floating_point():
        pattern = "%.17g" if tensor.dtype == torch.float64 else "%.9g"
    else:
        pattern, tensor = "%d", tensor.to(torch.int64)
    line = " ".join([pattern] * width)
    for row in tensor.reshape(-1, width).tolist():
        yield line % tuple(row)
