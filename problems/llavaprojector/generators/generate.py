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

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def projector(sizes, seed, calls, dtype="float32", spread=2.0, shift=None):
    """`sizes` is (vision_dim, text_dim); `shift` is fc1's bias, else it is drawn."""
    vision, text = sizes
    wide = round(spread / vision**0.5, 2)
    bias = dict(values=[shift] * text, dtype=dtype) if shift else drawn(seed + 1, text, dtype=dtype)
    weights = {
        "fc1.weight": drawn(seed, text, vision, dtype=dtype, scale=wide),
        "fc1.bias": bias,
        "fc2.weight": drawn(seed + 2, text, text, dtype=dtype, scale=round(2 / text**0.5, 2)),
        "fc2.bias": drawn(seed + 3, text, dtype=dtype, scale=0.1),
    }
    sizes = dict(vision_dim=vision, text_dim=text, dtype=dtype)
    return dict(**sizes, weights=weights, projections=calls)


def project(seed, *shape, dtype="float32", out=None, scale=1.5, strided=False, **more):
    """`out` is the text width of a probe: then gradients are asked for."""
    layout = dict(strided=True) if strided else {}
    made = dict(x=drawn(seed, *shape, dtype=dtype, scale=scale, **layout))
    if out:
        made["probe"] = drawn(seed + 1, *shape[:-1], out, dtype=dtype)
    return {**made, **more}


def splice(rows, d, seed, dtype="float32", gradients=False, strided=False, **more):
    layout = dict(strided=True) if strided else {}
    b, s, m = len(rows), len(rows[0]), sum(map(sum, rows))
    made = dict(
        text=drawn(seed, b, s, d, dtype=dtype, **layout),
        image=drawn(seed + 1, m, d, dtype=dtype, **layout),
        mask=dict(values=rows, dtype="bool", **layout),
    )
    if gradients:
        made["probe"] = drawn(seed + 2, b, s, d, dtype=dtype)
    return {**made, **more}


def case(*splices):
    return dict(splices=list(splices))


def samples():
    weights = {
        "fc1.weight": dict(values=[[1, 0, -1], [0, 1, 0.5]]),
        "fc1.bias": dict(values=[0, -1]),
        "fc2.weight": dict(values=[[1, 1], [2, -1]]),
        "fc2.bias": dict(values=[0, 0.5]),
    }
    x = dict(values=[[-2, -1, 0], [-1.5, 0, 1]])
    sizes = dict(vision_dim=3, text_dim=2, dtype="float32")
    yield "1-project", dict(**sizes, weights=weights, projections=[dict(x=x)])
    text = dict(values=[[[1, 1], [2, 2], [3, 3]], [[4, 4], [5, 5], [6, 6]]])
    image = dict(values=[[10, -10], [20, -20], [30, -30]])
    mask = dict(values=[[False, True, True], [False, True, False]], dtype="bool")
    yield "2-splice", case(dict(text=text, image=image, mask=mask))


def secrets():
    yield from projections()
    yield from splices()


def projections():
    low = [project(13, 6, 4, scale=0.5)]
    yield "project-negative", projector((4, 3), 10, low, spread=1.0, shift=-2.3)
    yield "project", projector((6, 8), 20, [project(25, 5, 6, echo=True)])
    yield "project-batches", projector((6, 4), 30, [project(35, 2, 3, 6), project(36, 1, 1, 6)])
    yield "project-large", projector((4, 6), 40, [project(45, 4, 4, scale=40.0)])
    deep = [project(55, 3, 6, dtype="float64", out=5, echo=True)]
    yield "project-float64", projector((6, 5), 50, deep, "float64")
    low = [project(58, 2, 2, 5, dtype="float64", scale=0.5)]
    yield "project-float64-negative", projector((5, 4), 57, low, "float64", shift=-2.3)
    views = [project(65, 2, 3, 6, strided=True, out=4, echo=True)]
    yield "project-strided", projector((6, 4), 60, views)
    yield "project-gradients", projector((5, 7), 70, [project(75, 2, 3, 5, out=7)])
    low = [project(85, 6, 5, scale=0.5, out=3)]
    yield "project-gradients-negative", projector((5, 3), 80, low, spread=1.0, shift=-2.3)
    modes = [project(95, 3, 6, mode=mode) for mode in ("train", "eval")]
    yield "project-train-and-eval", projector((6, 4), 90, modes)


def splices():
    rows = [[0, 1, 0, 1, 1], [1, 0, 0, 0, 1]]
    yield "splice", case(splice(rows, 4, 110, echo=True))
    one = [splice([[0, 0, 1, 1, 0, 1]], 3, 120), splice([[1]], 3, 125)]
    yield "splice-one-text", case(*one)
    yield "splice-unequal", case(splice([[1, 1, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]], 3, 130))
    yield "splice-everywhere", case(splice([[1, 1, 1], [1, 1, 1]], 4, 140, echo=True))
    none = [[0, 0, 0], [0, 0, 0]]
    yield "splice-nowhere", case(splice(none, 4, 150, echo=True), splice([[0]], 2, 155))
    yield "splice-one-channel", case(splice(rows, 1, 160))
    yield "splice-float64", case(splice(rows, 4, 170, "float64", gradients=True, echo=True))
    yield "splice-float64-unequal", case(splice([[1, 1], [0, 0], [0, 1]], 3, 175, "float64"))
    yield "splice-strided", case(splice(rows, 4, 180, strided=True, gradients=True, echo=True))
    yield "splice-gradients", case(splice(rows, 4, 190, gradients=True))
    edges = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]]
    yield "splice-gradients-edges", case(splice(edges, 3, 200, gradients=True))
    long = [[int(3 <= i % 20 < 12 + j) for i in range(48)] for j in range(2)]
    yield "splice-long", case(splice(long, 6, 210))


def gelu(x):
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


def gelu_slope(x):
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return (1 + math.erf(x / math.sqrt(2))) / 2 + x * density


def each(function, tensor):
    flat = [function(x) for x in tensor.flatten().tolist()]
    return torch.tensor(flat, dtype=torch.float64).reshape(tensor.shape)


def answer(made):
    for number, one in enumerate(made.get("projections", []), 1):
        for name, entry in answer_projection(made, one):
            yield f"projection{number}.{name}", rounded(entry, made["dtype"])
    for number, one in enumerate(made.get("splices", []), 1):
        dtype = one["text"].get("dtype", "float32")
        for name, entry in answer_splice(one):
            yield f"splice{number}.{name}", entry if name == "mask" else rounded(entry, dtype)


def answer_projection(made, one):
    w1, b1, w2, b2 = (cases.make_tensor(spec).double() for spec in made["weights"].values())
    x = cases.make_tensor(one["x"]).double()
    before = x @ w1.T + b1
    after = each(gelu, before)
    yield "out", after @ w2.T + b2
    if "probe" in one:
        g2 = cases.make_tensor(one["probe"]).double()
        g1 = (g2 @ w2) * each(gelu_slope, before)
        flat1, flat2 = g1.reshape(-1, len(w1)), g2.reshape(-1, len(w2))
        yield "grad.x", g1 @ w1
        yield "grad.fc1.weight", flat1.T @ x.reshape(-1, x.shape[-1])
        yield "grad.fc1.bias", flat1.sum(dim=0)
        yield "grad.fc2.weight", flat2.T @ after.reshape(-1, len(w2))
        yield "grad.fc2.bias", flat2.sum(dim=0)
    if one.get("echo"):
        yield "x", x


def answer_splice(one):
    text, image = (cases.make_tensor(one[name]).double() for name in ("text", "image"))
    places = [
        (i, j) for i, row in enumerate(one["mask"]["values"]) for j, on in enumerate(row) if on
    ]
    out = text.clone()
    for n, (i, j) in enumerate(places):
        out[i, j] = image[n]
    yield "out", out
    if "probe" in one:
        g = cases.make_tensor(one["probe"]).double()
        grad_text, grad_image = g.clone(), torch.zeros_like(image)
        for n, (i, j) in enumerate(places):
            grad_text[i, j] = 0
            grad_image[n] = g[i, j]
        yield "grad.text", grad_text
        yield "grad.image", grad_image
    if one.get("echo"):
        yield "text", text
        yield "image", image
        yield "mask", cases.make_tensor(one["mask"])


write_data(PACKAGE, samples(), secrets(), answer)
