"""Writes data/: the cases, and the answers by the definition.

    python problems/dpoloss/generators/generate.py      (in the runner's environment)

Rafailov et al.: Direct Preference Optimization, NeurIPS 2023, equation 7. In float64, pair by pair;
gradients come from autograd over that.
"""

import math
import random
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

LOGS = ["policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected"]
INPUTS = [*LOGS, "chosen_mask", "rejected_mask", "beta"]
MASKS = ("bool", "uint8", "int8", "int16", "int32", "int64")


def call(
    b, s, t, seed, beta=None, masked=True, dtype="float32", masks="bool", layout="",
    gradients=False, odd=False, spread=2.0, **more,
):  # fmt: skip
    """`masked` masks a few tokens at the start and at the end of each answer; with `odd` these hold
    NaN and infinities; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    draw = random.Random(seed)
    made = {}
    for i, name in enumerate(LOGS):
        length = s if name.endswith("chosen") else t
        shape = [b, length]
        # At most 0, as log-probabilities are.
        made[name] = dict(seed=seed + i, shape=shape, dtype=dtype, scale=spread, offset=-spread)
        made[name] |= placed
    for name, length in (("chosen_mask", s), ("rejected_mask", t)):
        rows = [mask(draw, length) if masked else [1] * length for _ in range(b)]
        made[name] = dict(values=rows, dtype=masks, **placed)
    if beta is not None:
        made["beta"] = beta
    if odd:
        for i, name in enumerate(LOGS):
            rows = made[name.split("_")[1] + "_mask"]["values"]
            made[name] = dict(values=with_odd(draw, rows, i), dtype=dtype, **placed)
    if gradients:
        made["probe"] = dict(values=0.75, dtype=dtype)
        made["needs"] = LOGS[:2]
    return {**made, **more}


def mask(draw, length):
    """Some places masked at the start and at the end, and one at least that is not."""
    first = draw.randrange(length)
    last = draw.randrange(first, length)
    return [int(first <= i <= last) for i in range(length)]


def with_odd(draw, rows, start):
    """Log-probabilities where a token counts; elsewhere NaN and infinities."""
    odd = [math.nan, -math.inf, math.inf]
    return [
        [
            round(-3 * draw.random(), 3) if counts else odd[(start + i) % 3]
            for i, counts in enumerate(row)
        ]
        for row in rows
    ]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def written(chosen, rejected, masks, dtype="float32", **more):
    """`chosen` and `rejected` are pairs: the policy's log-probabilities, and the reference's."""
    pairs = zip(chosen, rejected, strict=True)
    values = [one for pair in pairs for one in pair]
    made = {name: dict(values=one, dtype=dtype) for name, one in zip(LOGS, values, strict=True)}
    chosen_mask, rejected_mask = (dict(values=one, dtype="bool") for one in masks)
    return dict(**made, chosen_mask=chosen_mask, rejected_mask=rejected_mask, **more)


def samples():
    chosen = [[-1, -0.5, -2]], [[-2, -1, -2]]
    rejected = [[-1, -3]], [[-0.5, -2]]
    yield "1", case(written(chosen, rejected, ([[1, 1, 1]], [[1, 1]]), echo=False))
    masks = [[0, 1, 1], [1, 1, 0]], [[0, 1], [1, 1]]
    chosen = [[-1, -0.5, -2], [-3, -1, -9]], [[-2, -1, -2], [-1, -1, -5]]
    rejected = [[-1, -3], [-1, -2]], [[-0.5, -2], [-4, -1]]
    yield "2-masks", case(written(chosen, rejected, masks, beta=0.5, echo=False))


def secrets():
    yield (
        "whole-answers",
        named(
            default=call(3, 5, 4, 100, masked=False),
            half=call(2, 4, 6, 110, 0.5, masked=False),
            two=call(4, 3, 5, 120, 2.0, masked=False, spread=0.5),
            small=call(2, 3, 7, 130, 0.05, masked=False, spread=6.0),
        ),
    )
    yield (
        "masks",
        named(
            default=call(4, 6, 5, 140, spread=4.0),
            half=call(5, 7, 9, 150, 0.5),
            longer=call(3, 20, 30, 160, 0.3),
        ),
    )
    dtypes = {name: call(3, 5, 4, 170 + 10 * i, 0.3, masks=name) for i, name in enumerate(MASKS)}
    yield "mask-dtypes", named(**dtypes)
    yield (
        "gradients",
        case(
            call(3, 5, 4, 240, 0.5, gradients=True, keep=True, overwrite=True),
            call(2, 4, 6, 250, gradients=True, masked=False),
            call(4, 3, 5, 260, 1.5, gradients=True),
        ),
    )
    yield (
        "odd-values",
        named(
            result=call(4, 6, 5, 270, 0.5, odd=True),
            gradients=call(3, 5, 7, 280, 0.3, odd=True, gradients=True),
            double=call(3, 4, 5, 290, 0.3, dtype="float64", odd=True, gradients=True),
        ),
    )
    yield "sizes", named(**of_one_and_equal())
    yield (
        "large-scores",
        together(moderate=moderate(), float32=large("float32"), float64=large("float64")),
    )
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_pair=call(1, 5, 4, 300, 0.5, gradients=True),
        one_token_chosen=call(3, 1, 4, 310, 0.5, gradients=True),
        one_token_rejected=call(3, 4, 1, 320, 0.5),
        all_one=call(1, 1, 1, 330, 0.5, gradients=True),
        equal_lengths=call(3, 5, 5, 340, 0.5, gradients=True),
        pairs_as_chosen=call(4, 4, 3, 350, 0.5),
        pairs_as_rejected=call(4, 3, 4, 360, 0.5, gradients=True),
        all_equal=call(4, 4, 4, 370, 0.5),
    )


def moderate():
    """Margins of some tens, beyond which what is cut off is often cut."""
    seen = [
        call(3, 5, 4, 380 + 4 * i, beta, spread=6.0, gradients=True)
        for i, beta in enumerate((2.5, 4.0, 8.0))
    ]
    return case(*seen)


def large(dtype):
    """Margins of either sign, up to thousands; in float64 beyond 709, where its exp ends."""
    double = dtype == "float64"
    big = -8000.0 if double else -4000.0
    chosen = [[0, big], [big, big], [-1, -2], [-300, 0]], [[0, 0], [0, -1], [-2, -1], [0, -100]]
    rejected = [[0], [0], [-1000], [-5]], [[0], [0], [0], [-1]]
    ones = [[1, 1]] * 4, [[1]] * 4
    more = dict(probe=dict(values=0.75, dtype=dtype), needs=LOGS[:2])
    return case(
        written(chosen, rejected, ones, dtype, beta=0.5, **more),
        written(rejected, chosen, ones[::-1], dtype, beta=0.5, **more),
        written([[[big]], [[0]]], [[[0]], [[0]]], ([[1]], [[1]]), dtype, **more),
    )


def repeated():
    some = [call(3, 5, 4, 400, 0.5)]
    some += [call(3, 5, 4, 410, 0.5, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 4, 6, 420, under="inference_mode"), call(2, 4, 6, 430, gradients=True)]
    first = [call(3, 4, 5, 440, under="inference_mode"), call(3, 4, 5, 450, gradients=True)]
    alone = [
        call(3, 5, 4, 451 + 4 * i, 0.5, gradients=True, needs=[name])
        for i, name in enumerate(LOGS[:2])
    ]
    parts = dict(both=case(*some), inference_first=case(*first), one_input=case(*alone))
    yield "with-and-without-gradients", together(**parts)
    several = [call(3, 5, 4, seed, 0.5, keep=True) for seed in (460, 470)]
    several += [call(3, 5, 4, 480, 0.2, keep=True), call(3, 5, 4, 490, keep=True)]
    several += [call(3, 5, 4, seed, 1.0, under="no_grad", keep=True) for seed in (500, 510)]
    yield "several-calls", case(*several, call(2, 6, 3, 520, keep=True))


def tensors():
    views = [
        call(3, 5, 4, 530 + 10 * i, 0.5, layout=layout, gradients=True)
        for i, layout in enumerate(("strided", "transposed"))
    ]
    yield "layouts", case(*views)
    deep = call(3, 5, 4, 550, 0.5, dtype="float64", gradients=True)
    yield "float64", case(deep, call(2, 4, 6, 560, dtype="float64"))
    far = [call(3, 5, 4, 570, 0.5, dtype="float64"), call(2, 4, 3, 580, 0.3, dtype="float64")]
    for one in far:
        for name in LOGS:
            one[name] |= dict(sum_zero=True, offset=-4096.0)
    yield "cancelling-float64", case(*far)
    elsewhere = [call(3, 5, 4, 590), call(3, 5, 4, 600, 0.5, device="meta")]
    yield "another-device", case(*elsewhere, call(2, 3, 6, 610, masks="int64", device="meta"))


def loss(made, loaded, given):
    """A pair's margin is a sum over its tokens that count."""
    beta, found = given.get("beta", 0.1), []
    for i in range(len(given["policy_chosen"])):
        ratios = []
        for which in ("chosen", "rejected"):
            counts = given[f"{which}_mask"][i].bool()
            policy, reference = given[f"policy_{which}"][i], given[f"reference_{which}"][i]
            ratios.append((policy[counts] - reference[counts]).sum())
        margin = beta * (ratios[0] - ratios[1])
        found.append(torch.logaddexp(-margin, torch.zeros_like(margin)))  # -log of the sigmoid
    return sum(found) / len(found)


def answer(made):
    return part_answers(made, lambda part: answers(part, loss, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
