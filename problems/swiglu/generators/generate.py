"""Writes data/: the cases, and the answers by the definition.

    python problems/swiglu/generators/generate.py      (in the runner's environment)

Shazeer: GLU Variants Improve Transformer, 2020 (arXiv 2002.05202), equation 6, without biases; w1,
w3 and w2 are its W, V and W2, as Llama names them. In float64, token by token and number by
number; gradients come from autograd over that.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

LINEARS = ["w1", "w2", "w3"]


def weights(dim, hidden, seed, dtype="float32", sharp=1.0):
    """Numbers before the activation have a spread near `sharp` times 1.5."""
    specs = {}
    for i, name in enumerate(LINEARS):
        shape = [dim, hidden] if name == "w2" else [hidden, dim]
        scale = round(2.6 / shape[1] ** 0.5 * (1.0 if name == "w2" else sharp), 2)
        specs[f"{name}.weight"] = dict(seed=seed + i, shape=shape, dtype=dtype, scale=scale)
    return specs


def case(dim, hidden, seed, calls, dtype="float32", sharp=1.0):
    specs = weights(dim, hidden, seed, dtype, sharp)
    return dict(dim=dim, hidden_dim=hidden, dtype=dtype, weights=specs, calls=calls)


def call(shape, seed, dtype="float32", layout="", gradients=False, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=list(shape), dtype=dtype, scale=1.75, **placed))
    if gradients:
        made["probe"] = dict(seed=seed + 3, shape=list(shape), dtype=dtype)
    return {**made, **more}


def one(shape, hidden, seed, **more):
    return case(shape[-1], hidden, seed, [call(shape, seed + 5, **more)])


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    specs = {
        "w1.weight": dict(values=[[1, 0], [0, 1], [1, 1]]),
        "w2.weight": dict(values=[[1, 0, 0], [0, 1, 1]]),
        "w3.weight": dict(values=[[2, 0], [0, -1], [1, -1]]),
    }
    x = dict(values=[[[1, 2], [0, -1], [3, 0.5]]])
    sizes = dict(dim=2, hidden_dim=3, dtype="float32")
    yield "1", dict(**sizes, weights=specs, calls=[dict(x=x, echo=False)])
    probe = dict(values=[[[1, 0], [0, 1], [0.5, -1]]])
    yield "2-gradients", dict(**sizes, weights=specs, calls=[dict(x=x, probe=probe, echo=False)])


def secrets():
    yield from shapes()
    yield from training()
    yield from tensors()


def shapes():
    yield "values", together(small=one((2, 3, 4), 6, 100), wide=one((2, 5, 12), 32, 110))
    dimensions = [call((5, 4), 121), call((2, 3, 2, 4), 122), call((2, 3, 4), 123)]
    yield "dimensions", case(4, 7, 120, dimensions)
    sizes = dict(
        one_channel=one((2, 3, 1), 4, 130),
        one_hidden=one((2, 3, 4), 1, 140),
        one_token=one((3, 1, 4), 5, 150),
        one_sequence=one((1, 3, 4), 5, 160),
        all_ones=one((1, 1, 1), 1, 170),
        dim_and_hidden=one((2, 3, 5), 5, 180),
        batch_and_tokens=one((3, 3, 4), 5, 190),
        batch_and_dim=one((4, 3, 4), 5, 200),
        batch_and_hidden=one((5, 3, 4), 5, 210),
        tokens_and_dim=one((2, 4, 4), 5, 220),
        tokens_and_hidden=one((2, 5, 4), 5, 230),
        cube=one((3, 3, 3), 3, 240),
        narrow=one((2, 3, 8), 3, 250),
    )
    yield "sizes", together(**sizes)
    large = case(6, 8, 260, [call((2, 4, 6), 265)], sharp=300.0)
    yield "large", together(float32=large, float64=as_double(large))


def as_double(made):
    """The same case with float64 numbers."""
    if isinstance(made, dict):
        found = {key: as_double(value) for key, value in made.items()}
        return {**found, "dtype": "float64"} if "dtype" in made else found
    return [as_double(one) for one in made] if isinstance(made, list) else made


def training():
    own = (2, 3, 4)
    first = [call(own, 311, gradients=True, keep=True, overwrite=True)]
    first += [call((3, 5, 4), 312, gradients=True), call((5, 4), 313, gradients=True)]
    square = [call((2, 3, 5), 321, gradients=True), call((1, 2, 5), 322, gradients=True)]
    both = dict(plain=case(4, 6, 310, first), square=case(5, 5, 320, square))
    yield "gradients", together(**both)
    some = [call(own, 331, gradients=True, needs=[]), call(own, 332)]
    some += [call(own, 333, under="no_grad", keep=True, overwrite=True)]
    some += [call(own, 334, under="inference_mode"), call(own, 335, gradients=True)]
    early = [call(own, 341, under="inference_mode"), call(own, 342, gradients=True)]
    both = dict(both=case(4, 6, 330, some), inference_first=case(4, 6, 340, early))
    yield "with-and-without-gradients", together(**both)
    modes = [call(own, 351, mode=mode) for mode in ("train", "eval")]
    modes += [call(own, 352), call(own, 353, gradients=True), call(own, 354, mode="train")]
    yield "train-and-eval", case(4, 6, 350, modes)
    several = [call(own, 361 + i, keep=True) for i in range(2)]
    several += [call((1, 3, 4), 364, keep=True), call((3, 2, 4), 365, keep=True)]
    several += [call(own, 366 + i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(4, 6, 360, several)
    new = [call(own, 371, gradients=True), call(own, 372, mode="eval")]
    new += [call(own, 372, weights=weights(4, 6, 380))]
    new += [call(own, 372, weights=weights(4, 6, s), under="no_grad") for s in (384, 388)]
    new += [call(own, 373, gradients=True, weights=weights(4, 6, 392), mode="train")]
    yield "new-weights", case(4, 6, 375, new)


def tensors():
    own = (2, 3, 4)
    views = [call(own, 411, layout=w, gradients=True) for w in ("strided", "transposed")]
    views += [call((2, 3, 5, 4), 413, layout="channels_last", gradients=True)]
    laid = [call(own, 421, gradients=True, weights_layout="transposed")]
    laid += [call(own, 422, layout="transposed")]
    yield "layouts", together(x=case(4, 6, 410, views), weights=case(4, 6, 420, laid))
    deep = [call(own, 431, "float64", gradients=True), call((5, 4), 432, "float64")]
    yield "float64", case(4, 6, 430, deep, "float64")
    yield "cancelling-float64", together(before=before(), after=after())
    elsewhere = [call(own, 451), call(own, 452, device="meta"), call((5, 4), 453, device="meta")]
    yield "another-device", case(4, 6, 450, elsewhere)


def before():
    """Large inputs that cancel in w1 and w3."""
    made = case(4, 6, 440, [call((2, 3, 4), 441, "float64")], "float64")
    for name in ("w1", "w3"):
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    made["calls"][0]["x"]["offset"] = 4096.0
    return made


def after():
    """Large products that cancel in w2: both factors are near 64."""
    made = case(4, 6, 445, [call((2, 3, 4), 446, "float64")], "float64")
    for name in ("w1", "w3"):
        made["weights"][f"{name}.weight"] |= dict(scale=0.0005, offset=0.25)
    made["weights"]["w2.weight"]["sum_zero"] = True
    made["calls"][0]["x"] |= dict(scale=0.05, offset=64.0)
    return made


def feed_forward(made, loaded, given):
    """(..., dim) -> (..., dim)."""
    x = given["x"]
    w1, w2, w3 = (loaded[f"{name}.weight"] for name in LINEARS)
    tokens = []
    for token in x.reshape(-1, x.shape[-1]):
        gate = torch.stack([(row * token).sum() for row in w1])
        up = torch.stack([(row * token).sum() for row in w3])
        hidden = gate / (1 + (-gate.clamp(min=-700)).exp()) * up
        tokens.append(torch.stack([(row * hidden).sum() for row in w2]))
    return torch.stack(tokens).reshape(x.shape)


def answers_of(part):
    yield "parameters", torch.tensor(3 * part["dim"] * part["hidden_dim"])
    yield from answers(part, feed_forward, ["x"], [f"{name}.weight" for name in LINEARS])


def answer(made):
    return part_answers(made, answers_of)


write_data(PACKAGE, samples(), secrets(), answer)
