"""Writes data/: the cases, and the answers pixel by pixel.

    python problems/patchembed/generators/generate.py      (in the runner's environment)

The reference is in float64 and reshapes nothing: it copies each pixel to its place by indices.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def case(sizes, seed, calls, dtype="float32"):
    """`sizes` is (img_size, patch_size, in_chans, dim)."""
    img_size, patch_size, in_chans, dim = sizes
    width, n = in_chans * patch_size**2, (img_size // patch_size) ** 2
    weights = {
        "proj.weight": drawn(seed, dim, width, dtype=dtype, scale=round(2 / width**0.5, 2)),
        "proj.bias": drawn(seed + 1, dim, dtype=dtype, scale=0.5),
        "pos": drawn(seed + 2, 1, n, dim, dtype=dtype),
    }
    names = ("img_size", "patch_size", "in_chans", "dim")
    return dict(zip(names, sizes, strict=True), dtype=dtype, weights=weights, calls=calls)


def call(sizes, b, seed, dtype="float32", gradients=False, strided=False, **more):
    """`more`: `echo`, `mode`, `channels_last`."""
    img_size, patch_size, in_chans, dim = sizes
    layout = dict(strided=True) if strided else {}
    images = drawn(seed, b, in_chans, img_size, img_size, dtype=dtype, **layout)
    made = dict(images=images)
    if gradients:
        made["probe"] = drawn(seed + 1, b, (img_size // patch_size) ** 2, dim, dtype=dtype)
    return {**made, **more}


def samples():
    one = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]
    weights = {
        "proj.weight": dict(values=[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]),
        "proj.bias": dict(values=[0, 0, 0.5]),
        "pos": dict(values=[[[0, 0, 0], [20, 0, 0], [40, 0, 0], [60, 0, 0]]]),
    }
    sizes = dict(img_size=4, patch_size=2, in_chans=1, dim=3, dtype="float32")
    yield "1", dict(**sizes, weights=weights, calls=[dict(images=dict(values=[[one]]))])
    two = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    weights = {
        "proj.weight": dict(
            values=[[1, 10, 100, 1000, 0, 0, 0, 0], [0, 0, 0, 0, 1, 10, 100, 1000]]
        ),
        "proj.bias": dict(values=[0, 0]),
        "pos": dict(values=[[[0, 500]]]),
    }
    sizes = dict(img_size=2, patch_size=2, in_chans=2, dim=2, dtype="float32")
    yield "2-channels", dict(**sizes, weights=weights, calls=[dict(images=dict(values=[two]))])


def secrets():
    for name, sizes, b in (
        ("one-channel", (6, 2, 1, 5), 2),
        ("three-channels", (6, 3, 3, 4), 2),
        ("four-channels", (4, 2, 4, 3), 3),
        ("patches-of-one-pixel", (3, 1, 3, 4), 2),
        ("one-patch", (4, 4, 2, 5), 2),
        ("one-dimension", (6, 2, 3, 1), 2),
    ):
        seed = 100 + sum(map(ord, name))
        yield name, case(sizes, seed, [call(sizes, b, seed + 5, echo=True)])
    sizes = (6, 2, 3, 4)
    deep = [call(sizes, 2, 205, "float64", echo=True)]
    yield "float64", case(sizes, 200, deep, "float64")
    yield (
        "strided",
        case(sizes, 210, [call(sizes, 2, 215, strided=True, gradients=True, echo=True)]),
    )
    last = [call(sizes, 2, 225, channels_last=True, gradients=True, echo=True)]
    yield "channels-last", case(sizes, 220, last)
    yield "gradients", case(sizes, 230, [call(sizes, 2, 235, gradients=True)])
    other = (8, 4, 2, 3)
    yield "gradients-larger-patches", case(other, 240, [call(other, 3, 245, gradients=True)])
    deep = [call(sizes, 2, 255, "float64", gradients=True)]
    yield "gradients-float64", case(sizes, 250, deep, "float64")
    modes = [call(sizes, 2, 265, mode=mode) for mode in ("train", "eval")]
    yield "several-calls", case(sizes, 260, [*modes, call(sizes, 1, 266), call(sizes, 5, 267)])
    large = (24, 4, 3, 16)
    yield "larger", case(large, 270, [call(large, 2, 275)])


def places(made):
    """Per pixel: its patch, its place in the flattened patch, and its (channel, row, column)."""
    size, patch = made["img_size"], made["patch_size"]
    for channel in range(made["in_chans"]):
        for row in range(size):
            for column in range(size):
                which = (row // patch) * (size // patch) + column // patch
                inside = (channel * patch + row % patch) * patch + column % patch
                yield which, inside, (channel, row, column)


def answer(made):
    for number, one in enumerate(made["calls"], 1):
        prefix = f"call{number}." if len(made["calls"]) > 1 else ""
        for name, entry in answer_call(made, one):
            plain = isinstance(entry, str)
            yield prefix + name, entry if plain else rounded(entry, made["dtype"])


def answer_call(made, one):
    weight, bias, pos = (cases.make_tensor(s).double() for s in made["weights"].values())
    images = cases.make_tensor(one["images"]).double()
    patches = torch.zeros(len(images), pos.shape[1], weight.shape[1], dtype=torch.float64)
    for which, inside, at in places(made):
        patches[:, which, inside] = images[(slice(None), *at)]
    yield "out", patches @ weight.T + bias + pos
    if "probe" in one:
        g = cases.make_tensor(one["probe"]).double()
        back, grad = g @ weight, torch.zeros_like(images)
        for which, inside, at in places(made):
            grad[(slice(None), *at)] = back[:, which, inside]
        yield "grad.images", grad
        yield "grad.proj.weight", torch.einsum("bno,bni->oi", g, patches)
        yield "grad.proj.bias", g.sum(dim=(0, 1))
        yield "grad.pos", g.sum(dim=0, keepdim=True)
    if one.get("echo"):
        yield "pos.requires_grad", "true"
        yield "images", images


write_data(PACKAGE, samples(), secrets(), answer)
