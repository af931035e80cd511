"""What the generators of the torch problems share: writing data/, and portable answers.

Runs in the runner's environment (torch).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runner.cases import format_tensor

Case = Mapping[str, Any]


def rounded(tensor: Tensor, dtype: str) -> Tensor:
    """`tensor` (float64) in `dtype`; to 9 digits, on which every machine's libraries agree."""
    flat = [float(f"{value:.9g}") for value in tensor.flatten().tolist()]
    exact = torch.tensor(flat, dtype=torch.float64).reshape(tensor.shape)
    return exact.to(getattr(torch, dtype))


def answer_text(entries: Iterable[tuple[str, Tensor | str]]) -> str:
    """The answer file: tensors and plain facts, in order, by name."""
    lines = [
        format_tensor(name, entry) if isinstance(entry, Tensor) else f"value {name} {entry}"
        for name, entry in entries
    ]
    return "\n".join(lines) + "\n"


def write_data(
    package: Path,
    samples: Iterable[tuple[str, Case]],
    secrets: Iterable[tuple[str, Case]],
    answer: Callable[[Case], Iterable[tuple[str, Tensor | str]]],
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
    """JSON with a line per key of the case: readable, and diffable."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    return f"{{\n{lines}\n}}\n"
