"""Writes data/: the cases, and the answers pixel by pixel.

    python problems/patchembed/generators/generate.py      (in the runner's environment)

The reference is in float64 and reshapes nothing: it copies each pixel to its place by indices.
Gradients come from autograd over it.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def weights(sizes, seed, dtype="float32"):
    img_size, patch_size, in_chans, dim = sizes
    width, n = in_chans * patch_size**2, (img_size // patch_size) ** 2
    return {
        "proj.weight": drawn(seed, dim, width, dtype=dtype, scale=round(2 / width**0.5, 2)),
        "proj.bias": drawn(seed + 1, dim, dtype=dtype, scale=0.5),
        "pos": drawn(seed + 2, 1, n, dim, dtype=dtype),
    }


def case(sizes, seed, calls, dtype="float32"):
    """`sizes` is (img_size, patch_size, in_chans, dim)."""
    names = ("img_size", "patch_size", "in_chans", "dim")
    specs = weights(sizes, seed, dtype)
    return dict(zip(names, sizes, strict=True), dtype=dtype, weights=specs, calls=calls)


def call(sizes, b, seed, dtype="float32", layout="", gradients=False, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    img_size, patch_size, in_chans, dim = sizes
    placed = dict(layout=layout) if layout else {}
    images = drawn(seed, b, in_chans, img_size, img_size, dtype=dtype, **placed)
    made = dict(images=images)
    if gradients:
        made["probe"] = drawn(seed + 1, b, (img_size // patch_size) ** 2, dim, dtype=dtype)
    return {**made, **more}


def one(sizes, b, seed):
    return case(sizes, seed, [call(sizes, b, seed + 5)])


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    grid = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]
    specs = {
        "proj.weight": dict(values=[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]),
        "proj.bias": dict(values=[0, 0, 0.5]),
        "pos": dict(values=[[[0, 0, 0], [20, 0, 0], [40, 0, 0], [60, 0, 0]]]),
    }
    sizes = dict(img_size=4, patch_size=2, in_chans=1, dim=3, dtype="float32")
    yield "1", dict(**sizes, weights=specs, calls=[dict(images=dict(values=[[grid]]), echo=False)])
    two = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    specs = {
        "proj.weight": dict(
            values=[[1, 10, 100, 1000, 0, 0, 0, 0], [0, 0, 0, 0, 1, 10, 100, 1000]]
        ),
        "proj.bias": dict(values=[0, 0]),
        "pos": dict(values=[[[0, 500]]]),
    }
    sizes = dict(img_size=2, patch_size=2, in_chans=2, dim=2, dtype="float32")
    calls = [dict(images=dict(values=[two]), echo=False)]
    yield "2-channels", dict(**sizes, weights=specs, calls=calls)


def secrets():
    yield from shapes()
    yield from training()
    yield from tensors()


def shapes():
    yield "one-channel", one((6, 2, 1, 5), 2, 110)
    yield (
        "several-channels",
        together(
            three=one((6, 3, 3, 4), 2, 120),
            four=one((4, 2, 4, 3), 3, 130),
            all_different=one((12, 4, 3, 5), 2, 140),
        ),
    )
    yield (
        "sizes-of-one",
        together(
            pixels=one((3, 1, 3, 4), 2, 150),
            patch=one((4, 4, 2, 5), 2, 160),
            dim=one((6, 2, 3, 1), 2, 170),
            image=one((6, 2, 3, 4), 1, 180),
            all=one((1, 1, 1, 1), 1, 190),
        ),
    )
    yield (
        "equal-sizes",
        together(
            width_and_dim=one((6, 2, 2, 8), 2, 310),
            patches_and_dim=one((6, 2, 3, 9), 2, 320),
            patches_and_batch=one((4, 2, 3, 5), 4, 330),
            channels_and_image=one((4, 2, 4, 6), 2, 340),
            channels_and_patch=one((6, 3, 3, 3), 3, 350),
            dim_and_image=one((6, 2, 3, 6), 6, 360),
            dim_and_patch=one((6, 2, 2, 2), 4, 370),
            width_and_patches=one((4, 2, 1, 4), 4, 380),
        ),
    )


def training():
    sizes, other = (6, 2, 3, 4), (8, 4, 2, 3)
    small = [call(sizes, 2, 411, gradients=True, keep=True, overwrite=True)]
    small += [call(sizes, 3, 412, gradients=True)]
    large = [call(other, 3, 421, gradients=True), call(other, 2, 422, gradients=True)]
    yield "gradients", together(small=case(sizes, 410, small), larger=case(other, 420, large))
    some = [call(sizes, 2, 431, gradients=True, needs=[]), call(sizes, 2, 432)]
    some += [call(sizes, 2, 433, under="no_grad", keep=True, overwrite=True)]
    some += [call(sizes, 2, 434, under="inference_mode"), call(sizes, 2, 435, gradients=True)]
    first = [call(sizes, 2, 441, under="inference_mode"), call(sizes, 2, 442, gradients=True)]
    both = dict(both=case(sizes, 430, some), inference_first=case(sizes, 440, first))
    yield "with-and-without-gradients", together(**both)
    modes = [call(sizes, 2, 451, mode=mode) for mode in ("train", "eval")]
    modes += [call(sizes, 1, 452), call(sizes, 2, 453, gradients=True)]
    modes += [call(sizes, 1, 454, mode="train")]
    yield "train-and-eval", case(sizes, 450, modes)
    several = [call(sizes, b, 461 + b + i, keep=True) for i, b in enumerate((2, 2, 1, 5, 2))]
    yield "several-calls", case(sizes, 460, several)
    new = [call(sizes, 2, 471, gradients=True), call(sizes, 2, 472, mode="eval")]
    new += [call(sizes, 2, 472, weights=weights(sizes, 480))]
    new += [call(sizes, 2, 472, weights=weights(sizes, s), under="no_grad") for s in (484, 492)]
    new += [call(sizes, 2, 473, gradients=True, weights=weights(sizes, 488), mode="train")]
    yield "new-weights", case(sizes, 475, new)


def tensors():
    sizes, large = (6, 2, 3, 4), (24, 4, 3, 16)
    yield "larger", one(large, 2, 270)
    views = [
        call(sizes, 2, 511, layout=layout, gradients=True)
        for layout in ("strided", "channels_last", "transposed")
    ]
    laid = [call(sizes, 2, 521, gradients=True, weights_layout="transposed")]
    laid += [call(sizes, 2, 522, layout="channels_last")]
    yield "layouts", together(images=case(sizes, 510, views), weights=case(sizes, 520, laid))
    deep = [call(sizes, 2, 531, "float64", gradients=True), call(sizes, 3, 532, "float64")]
    yield "float64", case(sizes, 530, deep, "float64")
    # Large pixels that cancel in proj: float32 can't tell what is left.
    cancelling = case(sizes, 540, [call(sizes, 2, 541, "float64")], "float64")
    cancelling["weights"]["proj.weight"]["sum_zero"] = True
    cancelling["calls"][0]["images"]["offset"] = 4096
    yield "cancelling-float64", cancelling
    elsewhere = [call(sizes, 2, 551), call(sizes, 2, 552, device="meta")]
    yield "another-device", case(sizes, 550, elsewhere)


def places(made):
    """Per pixel: its patch, its place in the flattened patch, and its (channel, row, column)."""
    size, patch = made["img_size"], made["patch_size"]
    for channel in range(made["in_chans"]):
        for row in range(size):
            for column in range(size):
                which = (row // patch) * (size // patch) + column // patch
                inside = (channel * patch + row % patch) * patch + column % patch
                yield which, inside, (channel, row, column)


def embed(made, loaded, given):
    """(b, c, h, w) -> (b, n, dim)."""
    images, weight = given["images"], loaded["proj.weight"]
    by_place = {(which, inside): at for which, inside, at in places(made)}
    rows = [
        torch.stack([images[(slice(None), *by_place[which, i])] for i in range(weight.shape[1])], 1)
        for which in range(loaded["pos"].shape[1])
    ]
    return torch.stack(rows, 1) @ weight.T + loaded["proj.bias"] + loaded["pos"]


def answer(made):
    parameters = ["proj.weight", "proj.bias", "pos"]
    return part_answers(made, lambda part: answers(part, embed, ["images"], parameters))


write_data(PACKAGE, samples(), secrets(), answer)
