"""Writes data/: the cases, and the facts that hold for every right start.

python problems/lorainit/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import write_data  # noqa: E402  (found through the line above)

DRAWS = 4096
"""At least so many numbers are drawn in a test: its facts are about their distribution."""
KIND = {"dtype": "torch.float32", "requires_grad": "true", "is_leaf": "true"}
DRAWN = ("within_bound", "reaches_bound", "centred", "uniform", "all_drawn")
SEEDED = ("drawn_anew", "repeats", "other_differs")


def case(in_features, out_features, r, seed):
    calls = max(2, -(-DRAWS // (r * in_features)))
    sizes = dict(in_features=in_features, out_features=out_features, r=r)
    return dict(**sizes, calls=calls, seed=seed)


def samples():
    yield "1", case(4, 3, 2, 1)


def secrets():
    yield "square", case(8, 8, 4, 11)
    yield "wide", case(96, 3, 4, 12)
    yield "tall", case(3, 96, 4, 13)
    yield "rank-one", case(16, 8, 1, 14)
    yield "rank-above-both", case(4, 3, 24, 15)
    yield "one-output", case(64, 1, 8, 16)
    yield "few-inputs", case(2, 5, 8, 17)
    yield "large", case(1024, 16, 8, 18)


def answer(made):
    in_features, out_features, r = made["in_features"], made["out_features"], made["r"]
    for name, shape in (("a", f"{r}x{in_features}"), ("b", f"{out_features}x{r}")):
        yield f"{name}.shape", shape
        for fact, word in KIND.items():
            yield f"{name}.{fact}", word
    yield "b", torch.zeros(out_features, r)
    yield "grad.a", torch.zeros(r, in_features)
    yield "grad.b_comes_from_a", "true"
    for fact in DRAWN:
        yield f"a.{fact}", "true"
    for fact in SEEDED:
        yield f"seed.{fact}", "true"


write_data(PACKAGE, samples(), secrets(), answer)
