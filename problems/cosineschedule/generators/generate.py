"""Writes data/: the cases, and the answers by the definition.

    python problems/cosineschedule/generators/generate.py      (in the runner's environment)

The cosine is that of Loshchilov and Hutter: SGDR, ICLR 2017, equation 5, without restarts; warm-up
as in Hugging Face's get_cosine_schedule_with_warmup. In float64, step by step.
"""

import math
import random
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["base", "steps", "warmup", "total", "min_ratio"]


def call(steps, g, seed, warmup, total, floor=None, dtype="float32", layout="", **more):
    """Rates between 0.2 and 1.8, so that errors show; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(
        base=dict(seed=seed, shape=[g], dtype=dtype, scale=0.8, offset=1.0, **placed),
        steps=dict(values=list(steps), dtype="int64", **placed),
        warmup=warmup,
        total=total,
    )
    if floor is not None:
        made["min_ratio"] = floor
    return {**made, **more}


def some(n, last, seed):
    """Steps at random, in no order."""
    draw = random.Random(seed)
    return [draw.randint(0, last) for _ in range(n)]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    base = dict(values=[1.0, 0.5], dtype="float32")
    steps = dict(values=[0, 1, 2, 4, 6, 8, 10, 11], dtype="int64")
    shown = dict(base=base, steps=steps, warmup=2, total=10)
    yield "1", case(dict(**shown, echo=False))
    yield "2-floor", case(dict(**shown, min_ratio=0.1, echo=False))


def secrets():
    yield (
        "whole-schedule",
        case(
            call(range(13), 3, 100, 3, 12),
            call(range(21), 2, 101, 5, 20),
            call(range(9), 4, 102, 1, 8),
        ),
    )
    floors = dict(tenth=0.1, half=0.5, all=1.0, none=0.0, little=0.02)
    yield (
        "floor",
        named(
            **{
                name: call(range(11), 2, 110 + i, 4, 10, floor)
                for i, (name, floor) in enumerate(floors.items())
            }
        ),
    )
    yield (
        "no-warm-up",
        named(
            none=call(range(8), 3, 120, 0, 7),
            none_with_floor=call(range(8), 2, 121, 0, 7, 0.2),
            one_step=call(range(6), 3, 122, 1, 5, 0.1),
            all_but_one=call(range(9), 2, 123, 6, 7, 0.3),
            shortest=call(range(4), 2, 124, 0, 1, 0.3),
        ),
    )
    late = [8, 9, 10, 11, 12, 15, 18, 20, 26, 34, 100]
    yield "after-the-end", case(call(late, 3, 130, 2, 10, 0.1), call(late, 2, 131, 3, 9))
    yield (
        "any-steps",
        case(
            call(some(12, 30, 140), 3, 140, 7, 25, 0.1),
            call([20, 3, 3, 0, 14, 7, 20, 1], 2, 141, 5, 20),
            call([9, 2, 6, 2], 5, 142, 4, 11, 0.25),
        ),
    )
    yield (
        "long",
        case(
            call([0, 500, 1999, 2000, 30_000, 50_000, 99_999, 100_000], 2, 150, 2000, 100_000, 0.1),
            call([*some(8, 10**6, 151), 10**6], 2, 151, 10_000, 10**6),
        ),
    )
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_step=call([7], 3, 160, 4, 12, 0.1),
        one_step_of_the_warm_up=call([3], 4, 161, 4, 12),
        one_group=call(range(12), 1, 162, 4, 10, 0.1),
        one_of_both=call([6], 1, 163, 2, 10),
        square=call([1, 5, 9, 13], 4, 164, 3, 12, 0.2),
        larger_square=call(range(6), 6, 165, 2, 5),
    )


def repeated():
    yield (
        "contexts",
        case(
            call(range(8), 3, 200, 2, 7, under="no_grad"),
            call(range(8), 3, 201, 2, 7, under="inference_mode"),
            call(range(8), 3, 202, 2, 7),
        ),
    )
    settings = [(2, 7), (2, 7), (3, 7), (2, 6), (2, 7, 0.3), (0, 8, 0.1)]
    several = [call(range(8), 3, 210 + i, *one, keep=True) for i, one in enumerate(settings)]
    several[0]["overwrite"] = several[-1]["overwrite"] = True
    yield "several-calls", case(*several, call(some(8, 9, 220), 3, 220, 2, 7, keep=True))


def tensors():
    layouts = enumerate(("strided", "transposed"), 230)
    yield (
        "layouts",
        case(*(call(some(9, 12, s), 4, s, 3, 10, 0.1, layout=one) for s, one in layouts)),
    )
    deep = [
        call(range(12), 3, 240, 3, 11, 0.1, "float64"),
        call(range(9), 2, 241, 0, 7, None, "float64"),
    ]
    yield "float64", case(*deep)
    end = call([9990, 9993, 9995, 9996, 9998], 4, 250, 500, 10_000, None, "float64")
    end["base"] |= dict(sum_zero=True, offset=4096.0)
    yield "cancelling-float64", case(end)
    elsewhere = [call(range(6), 3, 260, 2, 5), call(range(6), 3, 261, 2, 5, device="meta")]
    elsewhere += [call(range(4), 2, 262, 0, 5, 0.1, device="meta")]
    yield "another-device", case(*elsewhere)


def rates(made, loaded, given):
    """(g,), (n,) -> (n, g)."""
    warmup, total, floor = given["warmup"], given["total"], given.get("min_ratio", 0.0)
    rows = []
    for step in given["steps"].tolist():
        if step < warmup:
            factor = step / warmup
        elif step <= total:
            turned = math.cos(math.pi * (step - warmup) / (total - warmup))
            factor = floor + (1 - floor) * (1 + turned) / 2
        else:
            factor = floor
        rows.append(factor * given["base"])
    return torch.stack(rows)


def answer(made):
    return part_answers(made, lambda part: answers(part, rates, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
