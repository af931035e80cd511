"""Writes data/: the cases, and the answers by the filters as the statement has them.

    python problems/posembedinterpolation/generators/generate.py    (in the runner's environment)

In float64, place by place; gradients come from autograd over that. The cubic is that of Keys
(Cubic convolution interpolation for digital image processing, 1981) with PyTorch's a = -0.75.
Interpolating a ViT's positions: Dosovitskiy et al., An image is worth 16x16 words, 2020, 3.2.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["pos", "old_height", "old_width", "height", "width", "mode"]


def call(old, new, d, seed, dtype="float32", layout="", gradients=False, **more):
    """From the grid `old` to the grid `new`; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    shape = [1 + old[0] * old[1], d]
    made = dict(pos=dict(seed=seed, shape=shape, dtype=dtype, **placed))
    made |= dict(old_height=old[0], old_width=old[1], height=new[0], width=new[1])
    if gradients:
        made["probe"] = dict(seed=seed + 5, shape=[1 + new[0] * new[1], d], dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    pos = dict(values=[[9], [0], [1], [2], [10], [11], [12]])
    sizes = dict(old_height=2, old_width=3)
    first = dict(pos=pos, **sizes, height=2, width=6, mode="bilinear", echo=False)
    yield "1", case(first)
    yield "2-bicubic", case(dict(pos=pos, **sizes, height=4, width=4, echo=False))


def secrets():
    larger = [call((3, 4), (6, 7), 5, 100), call((4, 4), (6, 6), 3, 110)]
    yield "larger", case(*larger, call((2, 5), (4, 10), 3, 120, mode="bicubic"))
    smaller = [call((7, 6), (3, 4), 5, 130), call((6, 6), (3, 3), 2, 140)]
    yield "smaller", case(*smaller, call((9, 8), (2, 3), 3, 150, mode="bilinear"))
    linear = [call((3, 4), (6, 7), 5, 160), call((5, 3), (4, 4), 3, 170)]
    linear += [call((4, 3), (8, 3), 2, 180), call((4, 6), (2, 3), 3, 190)]
    yield "bilinear", case(*(dict(one, mode="bilinear") for one in linear))
    shapes = [((3, 8), (6, 4)), ((4, 6), (6, 4)), ((2, 6), (4, 3)), ((2, 8), (4, 4))]
    shapes += [((3, 5), (3, 5)), ((4, 4), (2, 8)), ((2, 8), (3, 5))]
    # 11 times the quotient 15 / 11 is less than 15 in floats.
    shapes += [((11, 2), (15, 3))]
    other = [call(old, new, 3, 200 + 10 * i) for i, (old, new) in enumerate(shapes)]
    yield "other-shapes", case(*other)
    small = [((1, 2), (4, 5)), ((2, 1), (3, 3)), ((1, 1), (3, 2)), ((2, 2), (5, 4))]
    few = [call(old, new, 3, 280 + 10 * i) for i, (old, new) in enumerate(small)]
    yield "small-grids", case(*few, *(dict(one, mode="bilinear") for one in few))
    trained = [call((3, 4), (5, 6), 3, 330, gradients=True, keep=True, overwrite=True)]
    trained += [call((3, 4), (2, 3), 3, 340, gradients=True, mode="bilinear")]
    trained += [call((3, 4), (3, 4), 3, 350, gradients=True, keep=True, overwrite=True)]
    yield "gradients", case(*trained)
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_channel=call((3, 4), (5, 6), 1, 400, gradients=True),
        one_row=call((1, 5), (1, 8), 3, 410),
        one_column=call((5, 1), (8, 1), 3, 420),
        one_place=call((1, 1), (1, 1), 2, 430, gradients=True),
        one_place_and_channel=call((1, 1), (1, 1), 1, 440),
        to_one_place=call((3, 4), (1, 1), 2, 450),
        squares=call((4, 4), (6, 6), 3, 460),
        height_as_channels=call((3, 4), (5, 6), 5, 470, gradients=True),
        width_as_channels=call((3, 4), (5, 6), 6, 480),
        count_as_channels=call((2, 3), (4, 5), 7, 490),
        count_as_height=call((2, 2), (5, 3), 4, 500),
        count_as_width=call((2, 2), (3, 5), 4, 510),
        all_equal=call((2, 2), (5, 5), 5, 520),
    )


def repeated():
    some = [call((3, 4), (5, 6), 3, 530, under="no_grad", keep=True, overwrite=True)]
    some += [call((3, 4), (3, 4), 3, 540, under="inference_mode", keep=True)]
    some += [call((3, 4), (5, 6), 3, 550, gradients=True)]
    first = [call((2, 3), (4, 4), 2, 560, under="inference_mode")]
    first += [call((2, 3), (4, 4), 2, 570, gradients=True)]
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    several = [call((3, 4), (5, 6), 3, 580 + 10 * i, keep=True) for i in range(2)]
    several += [call((3, 4), (6, 5), 3, 600, keep=True), call((4, 3), (5, 6), 3, 610, keep=True)]
    several += [call((3, 4), (5, 6), 3, 620, mode="bilinear", keep=True)]
    several += [call((3, 4), (5, 6), 3, 630 + 10 * i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(*several)


def tensors():
    layouts = enumerate(("strided", "transposed"))
    views = [call((3, 4), (5, 6), 3, 660 + 10 * i, layout=o, gradients=True) for i, o in layouts]
    yield "layouts", case(*views)
    deep = [call((3, 4), (5, 6), 3, 680, "float64", gradients=True)]
    yield "float64", case(*deep, call((3, 4), (2, 3), 3, 690, "float64", mode="bilinear"))
    far = [alternating("bilinear", 700), alternating("bicubic", 710), thirds(750)]
    yield "cancelling-float64", case(*far)
    elsewhere = [call((3, 4), (5, 6), 3, 720), call((3, 4), (5, 6), 3, 730, device="meta")]
    elsewhere += [call((4, 4), (2, 3), 3, 740, device="meta", mode="bilinear")]
    yield "another-device", case(*elsewhere)


def alternating(mode, seed):
    """Columns of +4096 and -4096, which cancel where each new one lies between two old ones."""
    made = call((4, 8), (4, 4), 3, seed, "float64", mode=mode)
    drawn = cases.make_tensor(made["pos"])
    signs = torch.tensor([4096.0, -4096.0] * 16, dtype=torch.float64)
    rows = drawn[1:] + signs[:, None]
    made["pos"] = dict(values=[drawn[0].tolist(), *rows.tolist()], dtype="float64")
    return made


def thirds(seed):
    """Rows whose large parts cancel with weights of a third and two thirds, as 5 rows become 3."""
    made = call((5, 2), (3, 2), 3, seed, "float64", mode="bilinear")
    drawn = cases.make_tensor(made["pos"])
    large = torch.tensor([1.0, -2, 0, -2, 1], dtype=torch.float64).repeat_interleave(2) * 4096
    rows = drawn[1:] + large[:, None]
    made["pos"] = dict(values=[drawn[0].tolist(), *rows.tolist()], dtype="float64")
    return made


def weight(x, mode):
    """The filter, at distance `x`."""
    x, a = abs(x), -0.75
    if mode == "bilinear":
        return max(0.0, 1 - x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def neighbours(i, old, new, mode):
    """Where the new place `i` along an axis reads, and with which weights."""
    at = (i + 0.5) * old / new - 0.5
    for j in range(math.floor(at) - 2, math.floor(at) + 4):
        yield min(max(j, 0), old - 1), weight(at - j, mode)


def interpolate(made, loaded, given):
    """(1 + old_height * old_width, d) -> (1 + height * width, d)."""
    pos, wide = given["pos"], given["old_width"]
    mode = given.get("mode", "bicubic")
    rows = [pos[0]]
    for i in range(given["height"]):
        for j in range(given["width"]):
            found = torch.zeros_like(pos[0])
            for y, down in neighbours(i, given["old_height"], given["height"], mode):
                for x, across in neighbours(j, wide, given["width"], mode):
                    found = found + down * across * pos[1 + y * wide + x]
            rows.append(found)
    return torch.stack(rows)


def answer(made):
    return part_answers(made, lambda part: answers(part, interpolate, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
