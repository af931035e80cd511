"""Helpers of the torch problems' generators: write data/, and compute portable answers.

Runs in the runner's environment (torch).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from runner.calls import named, needs_gradient, parts
from runner.cases import format_tensor, make_tensor

Case = Mapping[str, Any]
Weights = Mapping[str, Tensor]
Reference = Callable[[Case, Weights, Mapping[str, Any]], Tensor]
"""Computes the right output in float64 from the case, its weights and the call's inputs."""


@dataclass(frozen=True)
class Ruled:
    """A tensor with rules for its comparison, written after it; see `judge.tensor_text`."""

    tensor: Tensor
    rules: str


@dataclass(frozen=True)
class Relation:
    """A relation that two tensors of the output must have: `same`, `close` or `different`."""

    kind: str
    other: str


Entry: TypeAlias = Tensor | Ruled | Relation | str
"""What the answer says about one name; a string is a plain value."""


def rounded(tensor: Tensor, dtype: str) -> Tensor:
    """Round `tensor` (float64) to 9 digits, on which all machines' libraries agree, in `dtype`.

    A value that only rounding keeps from zero differs between machines and becomes zero: also if
    the whole tensor is such, like the gradient of a bias that softmax cancels.
    """
    least = 1e-12 * max(1.0, float(tensor.abs().max())) if tensor.numel() else 0.0
    flat = [0.0 if abs(v) <= least else float(f"{v:.9g}") for v in tensor.flatten().tolist()]
    exact = torch.tensor(flat, dtype=torch.float64).reshape(tensor.shape)
    return exact.to(getattr(torch, dtype))


def exactly(tensor: Tensor) -> Ruled:
    """Return a tensor that is compared without a tolerance."""
    return Ruled(tensor, "exact")


def unchanged(tensor: Tensor) -> Ruled:
    """Return an input that the call must not change."""
    return Ruled(tensor, "unchanged")


def kept(tensor: Tensor) -> Ruled:
    """Return a result that later calls must not change."""
    return Ruled(tensor, "kept")


def answers(
    case: Case,
    reference: Reference,
    inputs: Sequence[str],
    parameters: Sequence[str] = (),
    show: Callable[[Tensor, Case], Tensor] = lambda output, _: output,
) -> Iterator[tuple[str, Entry]]:
    """Yield the answers to the case's `calls`, by `reference`, in the form of `runner.calls.Calls`.

    Gradients are those that autograd computes of the reference. The case has its weights under
    `weights`.
    """
    specs: dict[str, Any] = dict(case.get("weights", {}))
    again: list[tuple[str, Entry]] = []
    for prefix, call in named(case["calls"]):
        specs |= call.get("weights", {})
        one = _Answer(case, call, prefix, specs, inputs)
        out = one.output(reference, show)
        yield f"{prefix}out", out
        if "device" in call:
            continue
        yield from one.gradients(call.get("of", parameters))
        for name, tensor in one.given.items() if call.get("echo", True) else ():
            if isinstance(tensor, Tensor):
                yield f"{prefix}{name}", unchanged(tensor)
        if call.get("keep"):
            again.append((f"{prefix}out.kept", kept(out)))
    yield from again


def part_answers(
    case: Case, answer: Callable[[Case], Iterable[tuple[str, Entry]]]
) -> Iterator[tuple[str, Entry]]:
    """Yield the answers of a case's parts, prefixed with the part's name (`runner.calls.parts`)."""
    for prefix, part in parts(case):
        for name, entry in answer(part):
            yield prefix + name, entry


class _Answer:
    """The answer to one call."""

    def __init__(
        self, case: Case, call: Case, prefix: str, specs: Case, inputs: Sequence[str]
    ) -> None:
        self._case, self._call, self._prefix = case, call, prefix
        present = {name: call[name] for name in inputs if name in call}
        self.given = {
            name: make_tensor(spec) if isinstance(spec, Mapping) else spec
            for name, spec in present.items()
        }
        self._leaves = {
            name: self.given[name].double().requires_grad_()
            for name, spec in present.items()
            if isinstance(spec, Mapping) and needs_gradient(call, name, spec)
        }
        self._weights = {n: make_tensor(s).double().requires_grad_() for n, s in specs.items()}
        floats = (v for v in self.given.values() if isinstance(v, Tensor) and v.is_floating_point())
        self._dtype = str(next(floats).dtype).removeprefix("torch.")

    def output(self, reference: Reference, show: Callable[[Tensor, Case], Tensor]) -> Tensor:
        values = {
            name: value.double()
            if isinstance(value, Tensor) and value.is_floating_point()
            else value
            for name, value in self.given.items()
        }
        whole = reference(self._case, self._weights, values | self._leaves)
        if "probe" in self._call and whole.requires_grad:
            (whole * make_tensor(self._call["probe"]).double()).sum().backward()
        if "device" in self._call:
            return whole.detach().to(self._call["device"], getattr(torch, self._dtype))
        return rounded(show(whole.detach(), self._call), self._dtype)

    def gradients(self, parameters: Sequence[str]) -> Iterator[tuple[str, Entry]]:
        if "probe" not in self._call:
            return
        for name, leaf in self._leaves.items():
            yield f"{self._prefix}grad.{name}", rounded(_gradient(leaf), self._dtype)
        for name in parameters:
            if name in self._weights:
                found = _gradient(self._weights[name])
            else:
                bias = self._weights.get(f"{name}.bias")
                found = _gradient(self._weights[f"{name}.weight"])
                if bias is not None:
                    found = torch.cat([found, _gradient(bias)[:, None]], dim=1)
            yield f"{self._prefix}grad.{name}", rounded(found, self._dtype)


def _gradient(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def answer_text(entries: Iterable[tuple[str, Entry]]) -> str:
    """Return the answer file's text: tensors, plain values and relations, in order."""
    return "".join(f"{_entry_text(name, entry)}\n" for name, entry in entries)


def _entry_text(name: str, entry: Entry) -> str:
    if isinstance(entry, Tensor):
        return format_tensor(name, entry)
    if isinstance(entry, Ruled):
        return format_tensor(name, entry.tensor, entry.rules)
    if isinstance(entry, Relation):
        return f"{entry.kind} {name} {entry.other}"
    return f"value {name} {entry}"


def write_data(
    package: Path,
    samples: Iterable[tuple[str, Case]],
    secrets: Iterable[tuple[str, Case]],
    answer: Callable[[Case], Iterable[tuple[str, Entry]]],
) -> None:
    """Rewrite the package's data/: samples by their names, secret tests numbered in order."""
    numbered = ((f"{i:02}-{name}", case) for i, (name, case) in enumerate(secrets, 1))
    for group, cases in (("sample", samples), ("secret", numbered)):
        folder = package / "data" / group
        folder.mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob("*.in"), *folder.glob("*.ans")]:
            old.unlink()
        for name, case in cases:
            (folder / f"{name}.in").write_text(case_text(case))
            (folder / f"{name}.ans").write_text(answer_text(answer(case)))


def case_text(case: Case) -> str:
    """Return the case as JSON with a line for each key, so that diffs are readable."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    return f"{{\n{lines}\n}}\n"
