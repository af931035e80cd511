"""Writes data/: the cases, and the answers from plain numbers.

    python problems/llavaprojector/generators/generate.py      (in the runner's environment)

The reference is in float64. Its GELU is x * Phi(x) by the standard library's erf, number by
number, and so is its derivative; splicing walks through the positions one by one.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

ROWS = [[0, 1, 0, 1, 1], [1, 0, 0, 0, 1]]


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def weights(sizes, seed, dtype="float32", spread=2.0, shift=None):
    """`sizes` is (vision_dim, text_dim); `shift` is fc1's bias, else it is drawn."""
    vision, text = sizes
    wide = round(spread / vision**0.5, 2)
    bias = dict(values=[shift] * text, dtype=dtype) if shift else drawn(seed + 1, text, dtype=dtype)
    return {
        "fc1.weight": drawn(seed, text, vision, dtype=dtype, scale=wide),
        "fc1.bias": bias,
        "fc2.weight": drawn(seed + 2, text, text, dtype=dtype, scale=round(2 / text**0.5, 2)),
        "fc2.bias": drawn(seed + 3, text, dtype=dtype, scale=0.1),
    }


def projector(sizes, seed, calls, dtype="float32", **more):
    vision, text = sizes
    made = dict(vision_dim=vision, text_dim=text, dtype=dtype)
    return dict(**made, weights=weights(sizes, seed, dtype, **more), projections=calls)


def project(seed, *shape, dtype="float32", out=None, scale=1.5, layout="", **more):
    """`out` is the text width of a probe: then gradients are asked for."""
    placed = dict(layout=layout) if layout else {}
    made = dict(x=drawn(seed, *shape, dtype=dtype, scale=scale, **placed))
    if out:
        made["probe"] = drawn(seed + 1, *shape[:-1], out, dtype=dtype)
    return {**made, **more}


def splice(rows, d, seed, dtype="float32", gradients=False, layout="", **more):
    placed = dict(layout=layout) if layout else {}
    b, s, m = len(rows), len(rows[0]), sum(map(sum, rows))
    made = dict(
        text=drawn(seed, b, s, d, dtype=dtype, **placed),
        image=drawn(seed + 1, m, d, dtype=dtype, **placed),
        mask=dict(values=rows, dtype="bool", **placed),
    )
    if gradients:
        made["probe"] = drawn(seed + 2, b, s, d, dtype=dtype)
    return {**made, **more}


def case(*splices):
    return dict(splices=list(splices))


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    given = {
        "fc1.weight": dict(values=[[1, 0, -1], [0, 1, 0.5]]),
        "fc1.bias": dict(values=[0, -1]),
        "fc2.weight": dict(values=[[1, 1], [2, -1]]),
        "fc2.bias": dict(values=[0, 0.5]),
    }
    x = dict(values=[[-2, -1, 0], [-1.5, 0, 1]])
    sizes = dict(vision_dim=3, text_dim=2, dtype="float32")
    yield "1-project", dict(**sizes, weights=given, projections=[dict(x=x, echo=False)])
    text = dict(values=[[[1, 1], [2, 2], [3, 3]], [[4, 4], [5, 5], [6, 6]]])
    image = dict(values=[[10, -10], [20, -20], [30, -30]])
    mask = dict(values=[[False, True, True], [False, True, False]], dtype="bool")
    yield "2-splice", case(dict(text=text, image=image, mask=mask, echo=False))


def secrets():
    yield from projections()
    yield from splices()
    yield from tensors()


def projections():
    low = [project(13, 6, 4, scale=0.5), project(14, 6, 4, scale=0.5, out=3)]
    yield "project-negative", projector((4, 3), 10, low, spread=1.0, shift=-2.3)
    yield "project", projector((6, 8), 20, [project(25, 5, 6)])
    shapes = [project(35, 2, 3, 6), project(36, 1, 1, 6), project(37, 1, 6), project(38, 4, 6)]
    yield "project-batches", projector((6, 4), 30, shapes)
    yield "project-large", projector((4, 6), 40, [project(45, 4, 4, scale=40.0)])
    yield (
        "sizes",
        together(
            square=projector((5, 5), 51, [project(52, 3, 5, out=5)]) | case(splice(ROWS, 5, 53)),
            rows=projector(
                (4, 6), 54, [project(55, 6, 4), project(56, 4, 4), project(57, 6, 6, 4)]
            ),
            different=projector((4, 7), 58, [project(59, 5, 4)])
            | case(splice([[1, 0, 1], [1, 1, 1]], 7, 60)),
            one=projector((1, 1), 61, [project(62, 1, 1)]) | case(splice([[1]], 1, 63)),
        ),
    )
    sizes = (5, 7)
    several = [
        project(71 + i, *shape, keep=True) for i, shape in enumerate([(4, 5)] * 2 + [(2, 5)])
    ]
    several += [project(75, 4, 5, under="no_grad", keep=True), project(76, 4, 5, under="no_grad")]
    yield "project-several-calls", projector(sizes, 70, several)
    trained = [project(81, 2, 3, 5, out=7, keep=True, overwrite=True), project(83, 4, 5, out=7)]
    trained += [project(85, 4, 5, out=7, needs=[]), project(86, 4, 5)]
    trained += [project(87, 4, 5, under="no_grad"), project(88, 4, 5, under="inference_mode")]
    trained += [project(89, 4, 5, out=7)]
    yield "project-gradients", projector(sizes, 80, trained)
    modes = [project(95, 3, 6, mode=mode) for mode in ("train", "eval")]
    modes += [project(96, 3, 6, out=4), project(98, 3, 6, mode="train")]
    yield "project-train-and-eval", projector((6, 4), 90, modes)
    new = [project(101, 3, 6, out=4), project(103, 3, 6, mode="eval")]
    new += [project(103, 3, 6, weights=weights((6, 4), 110))]
    new += [project(103, 3, 6, weights=weights((6, 4), s), under="no_grad") for s in (114, 118)]
    new += [project(104, 3, 6, out=4, weights=weights((6, 4), 122), mode="train")]
    yield "project-new-weights", projector((6, 4), 100, new)


def splices():
    yield "splice", case(splice(ROWS, 4, 210))
    one = [splice([[0, 0, 1, 1, 0, 1]], 3, 220), splice([[1]], 3, 225)]
    yield "splice-one-text", case(*one)
    yield "splice-unequal", case(splice([[1, 1, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]], 3, 230))
    every = [splice([[1, 1, 1], [1, 1, 1]], 4, 240, keep=True, overwrite=True)]
    yield "splice-everywhere", case(*every)
    none = [[0, 0, 0], [0, 0, 0]]
    nowhere = [splice(none, 4, 250), splice([[0]], 2, 255)]
    yield "splice-nowhere", case(*nowhere, splice(none, 4, 257, under="no_grad"))
    square = [[0, 1, 1], [1, 0, 0], [0, 0, 1]]
    equal = dict(
        square=splice(square, 4, 260),
        length_and_width=splice(ROWS, 5, 262),
        texts_and_width=splice(ROWS, 2, 264),
        tokens=splice([[0, 1, 0, 1], [1, 0, 0, 1]], 3, 266),
        tokens_and_width=splice(square, 5, 268),
        all=splice([[1, 0, 0], [0, 0, 1], [0, 1, 0]], 3, 269),
        one_channel=splice(ROWS, 1, 270),
    )
    yield "splice-equal-sizes", case(*(dict(made, name=name) for name, made in equal.items()))
    large = splice([[1] * 5] * 2, 4, 275)
    large["text"]["fill"] = "1e30"  # whatever is left of it shows
    yield "splice-text-replaced", case(large)
    other = [[1, 0, 1, 0, 0], [0, 1, 1, 1, 0]]
    several = [splice(ROWS, 4, 280, keep=True), splice(other, 4, 282, keep=True)]
    several += [splice(ROWS, 4, 284, under="no_grad", keep=True, overwrite=True)]
    several += [splice(ROWS, 4, 286, under="no_grad")]
    several += [splice(ROWS, 4, 288, under="inference_mode")]
    yield "splice-several-calls", case(*several)
    edges = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]]
    trained = [splice(ROWS, 4, 290, gradients=True, keep=True, overwrite=True)]
    trained += [splice(edges, 3, 293, gradients=True)]
    trained += [splice(ROWS, 4, 296, gradients=True, needs=[name]) for name in ("text", "image")]
    trained += [splice(none, 4, 299, gradients=True, needs=["text"])]
    yield "splice-gradients", case(*trained)
    long = [[int(3 <= i % 20 < 12 + j) for i in range(48)] for j in range(2)]
    yield "splice-long", case(splice(long, 6, 310))


def tensors():
    views = ("strided", "transposed")
    laid = [project(410, 3, 6, out=4, weights_layout="transposed")]
    yield (
        "layouts",
        together(
            x=projector((6, 4), 400, [project(401, 2, 3, 6, layout=w, out=4) for w in views]),
            weights=projector((6, 4), 405, laid),
            splice=case(*(splice(ROWS, 4, 415, layout=word, gradients=True) for word in views)),
        ),
    )
    deep = [project(421, 3, 6, dtype="float64", out=5)]
    low = [project(431, 2, 2, 5, dtype="float64", scale=0.5)]
    yield (
        "float64",
        together(
            project=projector((6, 5), 420, deep, "float64"),
            negative=projector((5, 4), 430, low, "float64", shift=-2.3),
            splice=case(splice(ROWS, 4, 440, "float64", gradients=True)),
        ),
    )
    yield "cancelling-float64", cancelling()
    elsewhere = dict(device="meta")
    yield (
        "another-device",
        together(
            project=projector((6, 5), 450, [project(451, 3, 6), project(452, 3, 6, **elsewhere)]),
            splice=case(splice(ROWS, 4, 460), splice(ROWS, 4, 461, **elsewhere)),
        ),
    )


def cancelling():
    """Large numbers that cancel in fc1, and in fc2, whose inputs lie near 4096 then."""
    calls = [project(471, 3, 6, dtype="float64")]
    first = projector((6, 5), 470, calls, "float64")
    first["weights"]["fc1.weight"]["sum_zero"] = True
    calls[0]["x"]["offset"] = 4096
    second = projector((6, 5), 480, [project(481, 3, 6, dtype="float64")], "float64", shift=4096.0)
    second["weights"]["fc2.weight"]["sum_zero"] = True
    return together(fc1=first, fc2=second)


class Gelu(torch.autograd.Function):
    """x * Phi(x), number by number, with its derivative."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return each(lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2, x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * each(gelu_slope, ctx.saved_tensors[0])


def gelu_slope(x):
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return (1 + math.erf(x / math.sqrt(2))) / 2 + x * density


def each(function, tensor):
    flat = [function(x) for x in tensor.flatten().tolist()]
    return torch.tensor(flat, dtype=torch.float64).reshape(tensor.shape)


def projected(made, loaded, given):
    """(..., vision_dim) -> (..., text_dim)."""
    before = given["x"] @ loaded["fc1.weight"].T + loaded["fc1.bias"]
    return Gelu.apply(before) @ loaded["fc2.weight"].T + loaded["fc2.bias"]


def spliced(made, loaded, given):
    """(b, s, d), (m, d), (b, s) -> (b, s, d)."""
    text, image, mask = given["text"], iter(given["image"]), given["mask"].tolist()
    rows = [
        torch.stack([next(image) if on else old for old, on in zip(row, own, strict=True)])
        for row, own in zip(text, mask, strict=True)
    ]
    return torch.stack(rows)


def answer_part(part):
    if "projections" in part:
        parameters = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
        made = dict(part, calls=part["projections"])
        for name, entry in answers(made, projected, ["x"], parameters):
            yield f"projection.{name}", entry
    if "splices" in part:
        made = dict(calls=part["splices"])
        for name, entry in answers(made, spliced, ["text", "image", "mask"]):
            yield f"splice.{name}", entry


def answer(made):
    return part_answers(made, answer_part)


write_data(PACKAGE, samples(), secrets(), answer)
