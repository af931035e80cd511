"""Writes data/: the cases, and answers that say what must be drawn, with an example.

python problems/lorainit/generators/generate.py      (in the runner's environment)
"""

import itertools
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import Relation, Ruled, exactly, write_data  # noqa: E402

DRAWS = 4096
"""At least so many numbers are drawn in a test: their distribution is looked at."""


def case(in_features, out_features, r, seed):
    calls = max(2, -(-DRAWS // (r * in_features)))
    sizes = dict(in_features=in_features, out_features=out_features, r=r)
    probes = dict(
        a=dict(seed=seed, shape=[r, in_features]), b=dict(seed=seed, shape=[out_features, r])
    )
    return dict(**sizes, calls=calls, seed=seed, probes=probes)


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
    yield "large", case(1024, 16, 4, 18)
    yield "all-equal", case(16, 16, 16, 19)
    yield "rank-of-the-inputs", case(12, 5, 12, 20)
    yield "rank-of-the-outputs", case(24, 6, 6, 21)
    yield "one-input", case(1, 4, 64, 22)


def answer(made):
    in_features, out_features, r = made["in_features"], made["out_features"], made["r"]
    bound = in_features**-0.5
    seeds = itertools.count(1000 * made["seed"])

    def drawn(*shape):
        example = cases.make_tensor(dict(seed=next(seeds), shape=shape)).double() * bound
        return Ruled(example.float(), f"uniform={-bound!r},{bound!r}")

    def one():
        """Too few numbers to look at their distribution."""
        return Ruled(drawn(r, in_features).tensor, "any")

    for name in ("first", "last"):
        yield f"{name}.a", one()
        yield f"{name}.b", exactly(torch.zeros(out_features, r))
    for name in "ab":
        yield f"first.grad.{name}", exactly(cases.make_tensor(made["probes"][name]))
    yield "all.a", drawn(made["calls"], r, in_features)
    seeded = one()
    yield "seeded.a", seeded
    yield "next.a", one()
    yield "same_seed.a", seeded
    yield "other_seed.a", one()
    yield "first.a", Relation("different", "last.a")
    yield "seeded.a", Relation("different", "next.a")
    yield "seeded.a", Relation("same", "same_seed.a")
    yield "seeded.a", Relation("different", "other_seed.a")


write_data(PACKAGE, samples(), secrets(), answer)
