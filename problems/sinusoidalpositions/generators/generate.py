"""Writes data/: the cases, and the answers by the definition.

    python problems/sinusoidalpositions/generators/generate.py      (in the runner's environment)

As in Vaswani et al.: Attention Is All You Need, 2017, section 3.5, with sine in even channels and
cosine in odd ones. In float64, number by number.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["x", "start"]


def call(b, s, d, seed, start=None, dtype="float32", layout="", gradients=False, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    made = dict(x=dict(seed=seed, shape=[b, s, d], dtype=dtype, scale=0.5))
    if layout:
        made["x"]["layout"] = layout
    if start is not None:
        made["start"] = start
    if gradients:
        made["probe"] = dict(seed=seed + 1, shape=[b, s, d], dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def zeros(s, d):
    return dict(x=dict(values=[[[0.0] * d] * s]))


def samples():
    yield "1", case(dict(zeros(3, 4), echo=False))
    shown = [[[1, 0, -1, 2], [0.5, 0.5, 0.5, 0.5]], [[0, 0, 0, 0], [-1, 1, -1, 1]]]
    yield "2-start", case(dict(x=dict(values=shown), start=10, echo=False))


def secrets():
    sizes = {f"d_{d}": call(2, 7, d, 100 + d) for d in (2, 4, 6, 8, 16, 64)}
    yield "even", named(**sizes)
    sizes = {f"d_{d}": call(2, 6, d, 200 + d) for d in (3, 5, 7, 9, 33)}
    yield "odd", named(**sizes)
    starts = {
        f"start_{start}": call(2, 5, 6, 300 + i, start) for i, start in enumerate((0, 1, 7, 100))
    }
    yield "start", named(**starts)
    yield "longer", case(call(1, 130, 8, 310), call(2, 40, 12, 311, start=60), call(1, 30, 24, 312))
    yield (
        "gradients",
        case(
            call(2, 5, 6, 320, gradients=True, keep=True, overwrite=True),
            call(3, 4, 7, 322, start=5, gradients=True),
            call(1, 6, 4, 324, gradients=True),
        ),
    )
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_sequence=call(1, 5, 4, 350, gradients=True),
        one_token=call(3, 1, 4, 352, start=9),
        one_channel=call(2, 4, 1, 354, gradients=True),
        all_one=call(1, 1, 1, 356, start=3),
        sequences_as_tokens=call(4, 4, 6, 358, gradients=True),
        sequences_as_channels=call(4, 5, 4, 360),
        tokens_as_channels=call(2, 6, 6, 362, gradients=True),
        all_equal=call(4, 4, 4, 364),
        odd_and_equal=call(5, 5, 5, 366),
    )


def repeated():
    some = [call(2, 5, 6, 400, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 5, 6, 402, under="inference_mode"), call(2, 5, 6, 404, gradients=True)]
    first = [call(2, 5, 4, 406, under="inference_mode"), call(2, 5, 4, 408, gradients=True)]
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    several = [call(2, 5, 6, 410, keep=True), call(2, 5, 6, 411, keep=True)]
    several += [call(2, 5, 6, 412, start=3, keep=True), call(2, 9, 6, 413, keep=True)]
    several += [call(2, 4, 6, 414, keep=True), call(2, 5, 8, 415, keep=True)]
    several += [call(2, 5, 6, seed, under="no_grad", keep=True) for seed in (416, 417)]
    # After one of another dtype.
    several += [call(2, 12, 6, 418, dtype="float64"), call(2, 12, 6, 419)]
    yield "several-calls", case(*several)


def tensors():
    views = [call(3, 6, 4, 420 + 2 * i, layout=layout, gradients=True)
             for i, layout in enumerate(("strided", "transposed"))]  # fmt: skip
    yield "layouts", case(*views, call(2, 5, 7, 424, layout="transposed", under="no_grad"))
    deep = [call(2, 40, 6, 430, start=900, dtype="float64", gradients=True)]
    yield "float64", case(*deep, call(1, 9, 5, 432, dtype="float64"))
    far = call(2, 9, 8, 434, start=3000, dtype="float64")
    far["x"] |= dict(sum_zero=True)
    yield "far-float64", case(far, call(1, 5, 7, 436, start=10_000, dtype="float64"))
    elsewhere = [call(2, 5, 6, 440), call(2, 5, 6, 441, device="meta")]
    elsewhere += [call(1, 4, 5, 442, start=2, device="meta")]
    yield "another-device", case(*elsewhere)


def add(made, loaded, given):
    """(b, s, d) and the first position -> (b, s, d)."""
    x = given["x"]
    d = x.shape[2]
    positions = range(given.get("start", 0), given.get("start", 0) + x.shape[1])
    table = []
    for position in positions:
        angles = [position / 10_000 ** ((c - c % 2) / d) for c in range(d)]
        table.append([math.cos(a) if c % 2 else math.sin(a) for c, a in enumerate(angles)])
    return x + torch.tensor(table, dtype=torch.float64)


def answer(made):
    return part_answers(made, lambda part: answers(part, add, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
