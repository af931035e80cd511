"""Writes data/: the cases, and the answers token by token.

    python problems/pixelshuffle/generators/generate.py      (in the runner's environment)

The order of channels is that of InternVL (Chen et al., 2024, `pixel_shuffle` with ps_version v2)
and Idefics3 (Laurençon et al., 2024): the square's row, its column, the old channel.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (see above)

INPUTS = ["x", "height", "width", "ratio", "inverse"]


def call(b, grid, ratio, c, seed, inverse=False, dtype="float32", layout="", **more):
    """`c` counts the channels of a small token; `gradients` in `more` asks for a probe, and what
    else is in it goes into the call."""
    height, width = grid
    fine = [b, height * width, c]
    coarse = [b, height * width // ratio**2, c * ratio**2]
    given, result = (coarse, fine) if inverse else (fine, coarse)
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=given, dtype=dtype, **placed))
    made |= dict(height=height, width=width, ratio=ratio)
    if inverse:
        made["inverse"] = True
    if more.pop("gradients", False):
        made["probe"] = dict(seed=seed + 5, shape=result, dtype=dtype)
    return {**made, **more}


def both(*sizes, **more):
    return [call(*sizes, **more), call(*sizes, inverse=True, **more)]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    rows = [[10 * i + j] for i in range(2) for j in range(4)]
    yield "1", case(dict(x=dict(values=[rows]), height=2, width=4, ratio=2, echo=False))
    merged = [[[0, 1, 10, 11], [2, 3, 12, 13]]]
    split = dict(x=dict(values=merged), height=2, width=4, ratio=2, inverse=True, echo=False)
    yield "2-split", case(split)


def secrets():
    grids = [(2, (4, 6), 2, 3), (1, (6, 3), 3, 2), (3, (2, 8), 2, 5), (2, (9, 6), 3, 4)]
    yield "merge", case(*(call(*sizes, 100 + 10 * i) for i, sizes in enumerate(grids)))
    undone = (call(*sizes, 150 + 10 * i, inverse=True) for i, sizes in enumerate(grids))
    yield "split", case(*undone)
    ratios = [((3, 4), 1), ((4, 8), 4), ((6, 12), 6), ((5, 10), 5), ((6, 4), 2), ((8, 4), 4)]
    ratios += [((12, 8), 4)]
    tried = [both(2, grid, ratio, 2, 200 + 10 * i) for i, (grid, ratio) in enumerate(ratios)]
    yield "ratios", case(*(one for pair in tried for one in pair))
    trained = both(2, (4, 6), 2, 3, 280, gradients=True, keep=True)
    trained += both(1, (6, 3), 3, 2, 290, gradients=True)
    yield "gradients", case(*trained, *both(2, (2, 4), 2, 3, 300, gradients=True))
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_image=call(1, (4, 6), 2, 3, 310, gradients=True),
        one_channel=call(2, (4, 6), 2, 1, 320),
        one_row=call(3, (1, 5), 1, 2, 330),
        one_column=call(3, (5, 1), 1, 2, 340, inverse=True),
        one_square=call(2, (3, 3), 3, 4, 350, gradients=True),
        all_one=call(1, (1, 1), 1, 1, 360),
        square_grid=call(2, (4, 4), 2, 3, 370, gradients=True),
        square_split=call(2, (6, 6), 2, 3, 380, inverse=True),
        images_as_rows=call(4, (4, 6), 2, 3, 390),
        images_as_columns=call(6, (4, 6), 2, 3, 400),
        images_as_channels=call(3, (4, 6), 2, 3, 410),
        images_as_ratio=call(2, (4, 6), 2, 5, 420, inverse=True),
        channels_as_rows=call(2, (6, 4), 2, 6, 430),
        channels_as_tokens=call(2, (2, 4), 2, 8, 440),
        channels_as_ratio=call(4, (9, 6), 3, 3, 450),
        images_as_tokens=call(8, (2, 4), 2, 3, 460),
        all_equal=call(2, (2, 2), 2, 2, 470),
    )


def repeated():
    some = [call(2, (4, 6), 2, 3, 500, under="no_grad", keep=True)]
    some += both(2, (4, 6), 2, 3, 510, under="inference_mode")
    some += both(2, (4, 6), 2, 3, 520, gradients=True)
    first = both(1, (2, 6), 2, 2, 530, under="inference_mode")
    first += both(1, (2, 6), 2, 2, 540, gradients=True)
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    grids = [(4, 6), (6, 4), (2, 12), (4, 6), (12, 2)]
    several = [call(2, grid, 2, 3, 550 + 10 * i, keep=True) for i, grid in enumerate(grids)]
    several += [
        call(2, grid, 2, 3, 610 + i, inverse=True, keep=True) for i, grid in enumerate(grids)
    ]
    yield "several-calls", case(*several)


def tensors():
    views = [
        one
        for i, layout in enumerate(("strided", "transposed"))
        for one in both(2, (4, 6), 2, 3, 650 + 10 * i, layout=layout, gradients=True)
    ]
    yield "layouts", case(*views)
    yield "float64", case(*both(2, (4, 6), 2, 3, 680, dtype="float64", gradients=True))
    elsewhere = [call(2, (4, 6), 2, 3, 690), *both(2, (4, 6), 2, 3, 700, device="meta")]
    yield "another-device", case(*elsewhere, *both(1, (9, 3), 3, 2, 710, device="meta"))


def move(made, loaded, given):
    """Each square's tokens, one by one."""
    x, r = given["x"], given["ratio"]
    height, width = given["height"], given["width"]
    small = [
        [(top + u) * width + left + v for u in range(r) for v in range(r)]
        for top in range(0, height, r)
        for left in range(0, width, r)
    ]
    if not given.get("inverse"):
        merged = [torch.cat([x[:, at] for at in square], -1) for square in small]
        return torch.stack(merged, 1)
    c = x.shape[2] // r**2
    found = {}
    for number, square in enumerate(small):
        for place, at in enumerate(square):
            found[at] = x[:, number, place * c : (place + 1) * c]
    return torch.stack([found[at] for at in range(height * width)], 1)


def answer(made):
    return part_answers(made, lambda part: answers(part, move, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
