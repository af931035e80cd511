"""Writes data/: the cases, and the answers by the formulas.

    python problems/prenormblock/generators/generate.py      (in the runner's environment)

In float64, head by head; gradients come from autograd over that. The order of norm, sublayer and
sum is that of GPT-2 (Radford et al., 2019) and ViT (Dosovitskiy et al., 2020, equations 2 and 3).
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

NORMS = ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"]
PARAMETERS = ["qkv", "proj", "fc1", "fc2", *NORMS]


def weights(hidden, inner, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared."""
    specs = {}
    for i, name in enumerate(("norm1", "norm2")):
        draw = seed * 100 + 10 * i
        specs[f"{name}.weight"] = dict(seed=draw, shape=[hidden], dtype=dtype, scale=0.5, offset=1)
        specs[f"{name}.bias"] = dict(seed=draw + 1, shape=[hidden], dtype=dtype, scale=0.5)
    shapes = dict(
        qkv=(3 * hidden, hidden), proj=(hidden, hidden), fc1=(inner, hidden), fc2=(hidden, inner)
    )
    for i, (name, (rows, columns)) in enumerate(shapes.items()):
        draw = seed * 100 + 40 + 10 * i
        scale = round(2.2 / columns**0.5, 2) * (sharp if name == "qkv" else 1.0)
        shape = [rows, columns]
        specs[f"{name}.weight"] = dict(seed=draw, shape=shape, dtype=dtype, scale=scale)
        specs[f"{name}.bias"] = dict(seed=draw + 1, shape=[rows], dtype=dtype, scale=0.4)
    return specs


def case(num_heads, hidden, inner, seed, calls, dtype="float32", sharp=1.0):
    specs = weights(hidden, inner, seed, dtype, sharp)
    sizes = dict(num_heads=num_heads, hidden=hidden, inner=inner)
    return dict(**sizes, dtype=dtype, weights=specs, calls=calls)


def call(b, s, hidden, seed, dtype="float32", layout="", gradients=False, scale=1.5, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=[b, s, hidden], dtype=dtype, scale=scale, **placed))
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=[b, s, hidden], dtype=dtype)
    return {**made, **more}


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    yield "1", case(1, 2, 3, 1, [dict(x=dict(values=[[[1, -1], [2, 0.5]]]), echo=False)])
    yield "2-two-heads", case(2, 4, 5, 2, [call(1, 3, 4, 3, echo=False)])


def secrets():
    few = case(1, 6, 5, 3, [call(2, 4, 6, 11)])
    yield "heads", together(one_head=few, four_heads=case(4, 12, 7, 4, [call(2, 5, 12, 21)]))
    small = [call(2, 3, 8, 23, scale=0.01), call(2, 3, 8, 24, scale=0.003)]
    yield "small-values", case(2, 8, 6, 5, [*small, call(1, 3, 8, 25, scale=0.02)])
    yield "sizes", together(**of_one_and_equal())
    trained = [call(2, 5, 12, 201, gradients=True, keep=True, overwrite=True)]
    trained += [call(3, 4, 12, 202, gradients=True)]
    yield "gradients", case(3, 12, 10, 20, trained)
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    grads = dict(gradients=True)
    return dict(
        one_channel=case(3, 3, 5, 6, [call(2, 4, 3, 31)]),
        one_token=case(2, 8, 5, 7, [call(3, 1, 8, 41, **grads)]),
        one_sequence=case(2, 6, 5, 8, [call(1, 4, 6, 43)]),
        hidden_of_one=case(1, 1, 4, 9, [call(2, 3, 1, 45)]),
        inner_of_one=case(2, 6, 1, 10, [call(2, 4, 6, 47, **grads)]),
        all_one=case(1, 1, 1, 11, [call(1, 1, 1, 48)]),
        sequences_as_heads=case(2, 6, 5, 12, [call(2, 4, 6, 51)]),
        sequences_as_tokens=case(2, 8, 5, 13, [call(3, 3, 8, 52, **grads)]),
        sequences_as_hidden=case(2, 4, 5, 14, [call(4, 3, 4, 53)]),
        tokens_as_heads=case(3, 6, 5, 15, [call(2, 3, 6, 54)]),
        tokens_as_hidden=case(2, 4, 5, 16, [call(3, 4, 4, 55)]),
        hidden_as_inner=case(2, 6, 6, 17, [call(3, 4, 6, 56)]),
        inner_as_heads=case(3, 6, 3, 18, [call(2, 4, 6, 57)]),
        all_equal=case(3, 3, 3, 19, [call(3, 3, 3, 58)]),
    )


def repeated():
    some = [call(2, 4, 8, 211, gradients=True, needs=[]), call(2, 4, 8, 212)]
    some += [call(2, 4, 8, 213, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 4, 8, 214, under="inference_mode")]
    some += [call(2, 4, 8, 215, gradients=True)]
    first = [call(2, 4, 8, 216, under="inference_mode"), call(2, 4, 8, 217, gradients=True)]
    yield (
        "with-and-without-gradients",
        together(both=case(2, 8, 5, 22, some), inference_first=case(2, 8, 5, 23, first)),
    )
    several = [call(2, 3, 8, 220 + i, keep=True) for i in range(2)]
    several += [call(1, 5, 8, 224, keep=True), call(4, 2, 8, 225, keep=True)]
    several += [call(2, 3, 8, 226 + i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(2, 8, 5, 24, several)
    new = [call(2, 3, 8, 231, gradients=True), call(2, 3, 8, 232, mode="eval")]
    new += [call(2, 3, 8, 232, weights=weights(8, 5, 26))]
    new += [call(2, 3, 8, 232, weights=weights(8, 5, 36 + i), under="no_grad") for i in range(2)]
    new += [call(2, 3, 8, 233, gradients=True, weights=weights(8, 5, 27), mode="train")]
    yield "new-weights", case(2, 8, 5, 25, new)
    modes = [call(2, 5, 8, 241, mode=mode) for mode in ("train", "eval")]
    modes += [call(2, 5, 8, 242, gradients=True), call(2, 5, 8, 243, mode="train")]
    yield "train-and-eval", case(2, 8, 5, 28, modes)


def tensors():
    yield "large-scores", together(plain=large("float32", 300), float64=large("float64", 720))
    views = [call(2, 5, 8, 311, layout=one, gradients=True) for one in ("strided", "transposed")]
    laid = [call(2, 5, 8, 312, gradients=True, weights_layout="transposed")]
    laid += [call(2, 5, 8, 313, layout="transposed")]
    made = dict(inputs=case(4, 8, 5, 31, views), weights=case(4, 8, 5, 32, laid))
    yield "layouts", together(**made)
    double = [call(3, 5, 8, 321, "float64", gradients=True)]
    yield "float64", case(4, 8, 5, 33, double, "float64")
    yield "cancelling-float64", together(norms=far_input(), linears=far_norms())
    elsewhere = [call(2, 5, 8, 331), call(2, 5, 8, 332, device="meta")]
    yield "another-device", case(2, 8, 5, 34, elsewhere)


def far_input():
    """x is near 4096: the norms take that off, and the gradients show what is left. There are 16
    channels within and without, since float32's rounding is not told for sure by a few numbers."""
    asked = call(2, 4, 16, 341, "float64", gradients=True)
    asked["x"]["offset"] = 4096
    return case(2, 16, 16, 35, [asked], "float64")


def far_norms():
    """The norms give numbers near 4096, and the rows of the linears behind them sum to 0."""
    made = case(2, 6, 5, 36, [call(2, 4, 6, 342, "float64")], "float64")
    for norm, linear in (("norm1", "qkv"), ("norm2", "fc1")):
        made["weights"][f"{norm}.bias"]["offset"] = 4096
        made["weights"][f"{linear}.weight"]["sum_zero"] = True
    return made


def large(dtype, least):
    """Scores in the hundreds, the best ahead by 25 for every query: float32 can tell them."""
    sharp = 25.0 if least < 500 else 35.0
    for seed in range(1100, 4000):
        made = case(2, 8, 5, seed, [call(1, 4, 8, seed + 1, dtype)], dtype, sharp=sharp)
        given = {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}
        x = cases.make_tensor(made["calls"][0]["x"]).double()
        scores = torch.stack([found for found, _ in heads(made, given, normalise(x, given, 1))])
        ranked = scores.sort(descending=True).values
        greatest, margin = float(scores.max()), float((ranked[..., 0] - ranked[..., 1]).min())
        if least < greatest < 2 * least and margin > 25:
            return made
    raise ValueError("no such scores")


def normalise(x, loaded, which):
    centred = x - x.mean(-1, keepdim=True)
    spread = ((centred**2).mean(-1, keepdim=True) + 1e-5).sqrt()
    return centred / spread * loaded[f"norm{which}.weight"] + loaded[f"norm{which}.bias"]


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


def heads(made, loaded, x):
    """Each head's scores (b, s, s) and values (b, s, d)."""
    q, k, v = linear(x, loaded, "qkv").split(made["hidden"], -1)
    d = made["hidden"] // made["num_heads"]
    for start in range(0, made["hidden"], d):
        own = slice(start, start + d)
        yield q[..., own] @ k[..., own].mT / d**0.5, v[..., own]


def block(made, loaded, given):
    """(b, s, hidden) -> (b, s, hidden)."""
    x = given["x"]
    each = [s.softmax(-1) @ v for s, v in heads(made, loaded, normalise(x, loaded, 1))]
    x = x + linear(torch.cat(each, -1), loaded, "proj")
    inner = linear(normalise(x, loaded, 2), loaded, "fc1")
    return x + linear(inner * torch.special.ndtr(inner), loaded, "fc2")


def answer(made):
    return part_answers(made, lambda part: answers(part, block, ["x"], PARAMETERS))


write_data(PACKAGE, samples(), secrets(), answer)
