"""Tensors for drivers of torch problems: makes them from a case file, loads and answers them.

A case's tensors are a pure function of the case file: small ones are written out, others are
drawn from SplitMix64, computed here with numpy's integers, so that every machine and every version
of torch sees the same numbers. (Steele, Lea, Flood: Fast splittable pseudorandom number
generators, OOPSLA 2014; each element hashes its own index, so drawing has no state.) With torch a
fresh process would take 0.7 ms longer: the first use of each kernel costs memory pages.

Every tensor is made with an explicit dtype and device: a submission may change the defaults.
Answers are read through the functions below `_Base`, which are taken from torch's C classes before
the submission is imported. If the submission patches `torch`, `torch.Tensor` or `nn.Module`, its
own code changes, but not what is read from its tensors.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from runner import harness

_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_FRACTION_BITS = 24  # the most that float32 holds exactly

_Base: Any = torch._C.TensorBase
_detach, _tolist, _reshape, _to = _Base.detach, _Base.tolist, _Base.reshape, _Base.to
_size, _is_float, _is_complex = _Base.size, _Base.is_floating_point, _Base.is_complex
_dtype, _device, _layout, _is_quantized, _needs_gradient, _get_gradient = (
    getattr(_Base, name).__get__
    for name in ("dtype", "device", "layout", "is_quantized", "requires_grad", "grad")
)
_set_gradient = _Base.grad.__set__
_add_, _fill_ = _Base.add_, _Base.fill_
_zeros, _cat, _stack, _STRIDED = torch.zeros, torch.cat, torch.stack, torch.strided
_without_functions = torch._C.DisableTorchFunction
_without_dispatch = torch._C._DisableTorchDispatch
_run_backward: Any = torch.autograd.Variable._execution_engine.run_backward
_seed: Callable[[int], object] = torch.default_generator.manual_seed
_Linear = nn.Linear
_attributes: Any = vars(nn.Module)["__dict__"].__get__


@contextmanager
def undisturbed() -> Iterator[None]:
    """A context in which overrides of torch's functions (by a subclass or a mode) are off."""
    with _without_functions(), _without_dispatch():
        yield


def make_tensor(spec: Mapping[str, Any]) -> Tensor:
    """The tensor that `spec` describes, on the CPU.

    `dtype` names it (default float32). `values` (nested lists) gives it in full, `eye: n` is the
    n x n identity. Otherwise `shape` and `seed` draw it: floats are uniform in [-1, 1) times
    `scale` (default 1); with `below`, integers (or, for bool, truth values) in [0, below).
    `sum_zero` subtracts the mean along the last dimension, then `offset` is added: the product of
    a `sum_zero` row and an `offset` row is correct in float64 arithmetic only. `fill` (a string,
    so that it can be `nan`) sets every element to one number. `layout` is as in `lay_out`.
    """
    dtype = getattr(torch, spec.get("dtype", "float32"))
    if "values" in spec:
        tensor = torch.tensor(spec["values"], dtype=dtype, device="cpu")
    elif "eye" in spec:
        tensor = torch.eye(spec["eye"], dtype=dtype, device="cpu")
    else:
        tensor = _draw(spec).to(dtype)
    if spec.get("sum_zero"):
        tensor = tensor - tensor.mean(dim=-1, keepdim=True)
    if "offset" in spec:
        tensor = tensor + spec["offset"]
    if "fill" in spec:
        tensor.fill_(float(spec["fill"]))
    return lay_out(tensor, _layout_of(spec))


def make_input(spec: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Return a leaf that will get the gradient, and an equal tensor to pass to the submission.

    The second is computed from the first, so that a change in place is legal and can be seen.
    """
    leaf = make_tensor({**spec, "strided": False, "layout": ""}).requires_grad_()
    layout = _layout_of(spec)
    return leaf, lay_out(leaf, layout) if layout else leaf.clone()


def lay_out(tensor: Tensor, layout: str) -> Tensor:
    """Return a view with the same values in another memory layout; gradients flow through it.

    `strided`: every second element, along each dimension, of a larger tensor whose rest is NaN
    or ones; no two dimensions can be merged without a copy. `transposed`: dense, with the first
    dimension's elements side by side. `channels_last`: dense, (b, c, h, w) stored as
    (b, h, w, c). `tokens_first`: dense, (b, h, s, d) stored as (b, s, h, d), the layout that
    projections produce. Empty: unchanged. Raises ValueError for any other `layout`.
    """
    if layout == "strided":
        filler = math.nan if tensor.is_floating_point() else 1
        sizes = [2 * size for size in tensor.shape]
        larger = torch.full(sizes, filler, dtype=tensor.dtype, device="cpu")
        view = larger[(slice(None, None, 2),) * tensor.dim()]
        view.copy_(tensor)
        return view
    if layout == "transposed":
        backwards = list(range(tensor.dim()))[::-1]
        return (
            tensor.permute(backwards)
            .clone(memory_format=torch.contiguous_format)
            .permute(backwards)
        )
    if layout == "channels_last":
        return tensor.clone(memory_format=torch.channels_last)
    if layout == "tokens_first":
        return tensor.transpose(1, 2).clone(memory_format=torch.contiguous_format).transpose(1, 2)
    if layout:
        raise ValueError(f"no layout `{layout}`")
    return tensor


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy `weights` into the module's parameters and buffers of those names.

    Raises AttributeError if the module has no such name, ValueError if a shape or dtype differs.
    """
    owned = module.state_dict()
    for name, weight in weights.items():
        owner, own = type(module).__name__, owned.get(name)
        shape = tuple(weight.shape)
        if own is None:
            raise AttributeError(f"{owner} has no parameter `{name}`, shape {shape}")
        if own.shape != weight.shape:
            raise ValueError(f"`{name}` has shape {tuple(own.shape)}, expected {shape}")
        if own.dtype != weight.dtype:
            raise ValueError(f"`{name}` has dtype {own.dtype}, expected {weight.dtype}")
    module.load_state_dict(dict(weights), strict=False)


def lay_out_weights(module: nn.Module, layout: str) -> None:
    """Give each parameter of two or more dimensions another memory layout; values stay."""
    for parameter in parameters(module).values():
        if parameter.dim() > 1:
            parameter.data = lay_out(parameter.data, layout)


def parameters(module: nn.Module) -> dict[str, Tensor]:
    """Return every parameter of the module and its submodules, by dotted name.

    They are read from the modules' dictionaries: the submission's methods are not called.
    """
    return _held(module, ("_parameters",))


def registered(module: nn.Module) -> dict[str, Tensor]:
    """Return every parameter and buffer, as `parameters` does; also the buffers that are left out
    of `state_dict`."""
    return _held(module, ("_parameters", "_buffers"))


def _held(module: nn.Module, kinds: Sequence[str]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    waiting: list[tuple[str, nn.Module]] = [("", module)]
    seen: set[int] = set()
    while waiting:
        prefix, owner = waiting.pop()
        if id(owner) in seen:
            continue
        seen.add(id(owner))
        own = _attributes(owner)
        for kind in kinds:
            found |= {prefix + name: one for name, one in own[kind].items() if one is not None}
        below = own["_modules"].items()
        waiting += [(f"{prefix}{name}.", child) for name, child in below if child is not None]
    return found


def trainable(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors that require gradients."""
    return {name: one for name, one in tensors.items() if _needs_gradient(one)}


def backward(output: Tensor, probe: Tensor) -> None:
    """Backpropagate sum(output * probe).

    If the output depends on no trainable tensor, or its shape differs from `probe`'s, the gradients
    stay unchanged: the comparison of the answer then shows the submission's error.
    """
    if not isinstance(output, _Base):
        return
    with undisturbed():
        fits = _size(output) == _size(probe) and _needs_gradient(output)
        probe = _to(probe, _dtype(output)) if fits else probe
    if fits:
        _run_backward((output,), (probe,), False, False, (), allow_unreachable=True,
                      accumulate_grad=True)  # fmt: skip


@undisturbed()
def gradient(tensor: Tensor) -> Tensor:
    """Return the gradient of `tensor`; zeros if it has none."""
    found = _get_gradient(tensor)
    return _zeros(_size(tensor), dtype=_dtype(tensor)) if found is None else found


def gradient_of(module: nn.Module, name: str) -> Tensor:
    """Return the gradient of the module's attribute `name` (dotted): a parameter or a Linear.

    A Linear's is the weight's gradient with the bias's as last column, (out, in + 1). The gradient
    of a key's bias is zero except for rounding: so it is compared at the scale of the weight's.
    """
    owner: Any = module
    for part in name.split("."):
        owner = getattr(owner, part)
    if not isinstance(owner, _Linear):
        return gradient(owner)
    if owner.bias is None:
        return gradient(owner.weight)
    bias = _reshape(gradient(owner.bias), -1, 1)
    return _cat([gradient(owner.weight), bias], 1)


def forget_gradients(tensors: Mapping[str, Tensor]) -> None:
    """Remove the tensors' gradients."""
    for tensor in tensors.values():
        _set_gradient(tensor, None)


def descend(tensors: Mapping[str, Tensor], rate: float) -> None:
    """Make one step of gradient descent with the tensors that have a gradient."""
    for tensor in tensors.values():
        found = _get_gradient(tensor)
        if found is not None:
            _add_(_detach(tensor), _detach(found), alpha=-rate)


def seed(number: int) -> None:
    """Seed torch's global generator; in the jail each test starts with another seed."""
    _seed(number)


def overwrite(tensor: Tensor, number: float) -> None:
    """Set every element to `number`, hidden from autograd."""
    _fill_(_detach(tensor), number)


def emit_tensor(name: str, tensor: object) -> None:
    """Answer a tensor; raises TypeError if the value is no real, dense tensor.

    For a tensor that isn't on the CPU only dtype, shape and device are answered.
    """
    harness.answer(format_tensor(name, checked(name, tensor)))


def emit_count(name: str, tensors: Iterable[Tensor]) -> None:
    """Answer how many elements the tensors have in all, each tensor counted once."""
    count = sum(math.prod(_size(one)) for one in {id(one): one for one in tensors}.values())
    harness.answer(f"tensor {name} int64 scalar\n{count}")


def emit_stack(name: str, tensors: Sequence[object]) -> None:
    """Answer tensors of one shape as one tensor, stacked along a new first dimension.

    Raises ValueError if their shapes or dtypes differ.
    """
    given = [checked(name, one) for one in tensors]
    if len({(_size(one), _dtype(one)) for one in given}) != 1:
        raise ValueError(f"`{name}`: calls with the same sizes gave different shapes or dtypes")
    stacked = _stack(given)
    harness.answer(format_tensor(name, stacked))


def emit_untold(name: str) -> None:
    """Answer that a call on a device without data needed data, so it has no result to compare."""
    harness.answer(f"untold {name}")


@undisturbed()
def format_tensor(name: str, tensor: Tensor, rules: str = "") -> str:
    """Return the text `tensor NAME DTYPE 2x8`, then a line of values per innermost row.

    `rules` are the comparison rules at the end of an answer file's first line; see
    `judge.tensor_text`.
    """
    sizes = list(_size(tensor))
    shape = "x".join(map(str, sizes)) or "scalar"
    header = f"tensor {name} {str(_dtype(tensor)).removeprefix('torch.')} {shape}"
    device = _device(tensor).type
    if device != "cpu":
        header += f" device={device}"
    lines = [f"{header} {rules}".rstrip()]
    if device == "cpu" and math.prod(sizes) > 0:
        width = sizes[-1] if sizes else 1
        plain = _detach(tensor)
        if _is_float(plain):
            pattern = "%.17g" if _dtype(plain) == torch.float64 else "%.9g"
        else:
            pattern, plain = "%d", _to(plain, torch.int64)
        line = " ".join([pattern] * width)
        lines += [line % tuple(row) for row in _tolist(_reshape(plain, -1, width))]
    return "\n".join(lines)


@undisturbed()
def checked(name: str, tensor: object) -> Tensor:
    """Return the submission's value `name`, detached; TypeError unless a real, dense tensor."""
    if tensor is None:
        raise TypeError(f"`{name}` is None, expected a tensor: is a `return` missing?")
    if not isinstance(tensor, _Base):
        raise TypeError(f"`{name}` is a {type(tensor).__name__}, expected a tensor")
    if _is_complex(tensor) or _layout(tensor) != _STRIDED or _is_quantized(tensor):
        raise TypeError(f"`{name}` must be a real, dense tensor, got {_dtype(tensor)}")
    plain: Tensor = _detach(tensor)
    return plain


def _layout_of(spec: Mapping[str, Any]) -> str:
    layout: str = spec.get("layout") or ("strided" if spec.get("strided") else "")
    return layout


def _draw(spec: Mapping[str, Any]) -> Tensor:
    shape = spec["shape"]
    if "fill" in spec:
        return torch.zeros(shape, dtype=torch.float64, device="cpu")
    bits = _splitmix(int(spec["seed"]), math.prod(shape))
    if "below" in spec:
        return torch.from_numpy(bits % int(spec["below"])).reshape(shape)
    half = 1 << (_FRACTION_BITS - 1)
    return torch.from_numpy((bits - half) / half * float(spec.get("scale", 1.0))).reshape(shape)


def _splitmix(seed: int, count: int) -> NDArray[np.int64]:
    """Return the top 24 bits of SplitMix64's outputs 0 ... count - 1 for `seed`: int64, (count)."""
    state = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    state += np.uint64(seed % (1 << 64))
    for shift, factor in _MIX:
        state ^= state >> np.uint64(shift)
        state *= np.uint64(factor)
    state ^= state >> np.uint64(31)
    return (state >> np.uint64(64 - _FRACTION_BITS)).astype(np.int64)
