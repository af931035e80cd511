"""Writes data/: the cases, and the answers by the definition.

    python problems/rmsnorm/generators/generate.py      (in the runner's environment)

Zhang and Sennrich: Root Mean Square Layer Normalization, NeurIPS 2019, equation 4, with eps
below the root as Llama has it. In float64, row by row; gradients come from autograd over that.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["x", "weight", "eps", "network"]


def call(shape, seed, eps=1e-5, dtype="float32", layout="", gradients=False, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call. Weights are drawn
    around 1 with a wide spread, so that whoever forgets one is seen."""
    placed = dict(layout=layout) if layout else {}
    drawn = dict(dtype=dtype, **placed)
    row = dict(drawn, layout="strided") if layout else drawn
    made = dict(
        x=dict(seed=seed, shape=list(shape), scale=2.0, **drawn),
        weight=dict(seed=seed + 1, shape=[shape[-1]], scale=0.8, offset=1.0, **row),
        eps=eps,
    )
    if gradients:
        made["probe"] = dict(seed=seed + 2, shape=list(shape), **drawn)
    return {**made, **more}


def changed(made, name, **keys):
    """The call with other keys in one tensor's spec."""
    return {**made, name: {**made[name], **keys}}


def case(*calls):
    return dict(calls=list(calls))


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    x = dict(values=[[2, 2, 8], [6, 0, 6]])
    given = dict(x=x, weight=dict(values=[1, 2, 0.5]), eps=1.0, echo=False)
    yield "1", case(given)
    yield "2-gradients", case({**given, "probe": dict(values=[[1, 0, 0], [0, 0.5, -1]])})


def secrets():
    yield from forward()
    yield from backward()
    yield from repeated()
    yield from tensors()


def forward():
    yield "values", case(call((2, 3, 5), 100), call((4, 2, 7), 110))
    small = changed(call((2, 3, 4), 125, eps=1e-2), "x", scale=0.05)
    zeros = changed(call((2, 2, 3), 130, eps=1e-6), "x", fill="0")
    tiny = changed(call((2, 3, 4), 135, eps=1e-8), "x", scale=1e-4)
    yield "eps", case(call((2, 3, 5), 120, eps=0.5), small, zeros, tiny)
    shapes = dict(
        two=call((4, 5), 140),
        four=call((2, 3, 2, 5), 145),
        wide=call((2, 130), 150),
    )
    yield "dimensions", case(*(dict(one, name=name) for name, one in shapes.items()))


def backward():
    some_zero = dict(values=[1.5, 0, -0.5, 0, 1], offset=0)
    yield (
        "gradients",
        case(
            call((2, 3, 5), 200, gradients=True, keep=True, overwrite=True),
            call((4, 2, 7), 210, gradients=True, keep=True),
            changed(call((2, 3, 5), 215, gradients=True), "weight", **some_zero),
        ),
    )
    small = changed(call((2, 3, 4), 225, eps=1e-2, gradients=True), "x", scale=0.05)
    zeros = changed(call((2, 2, 3), 230, eps=1e-2, gradients=True), "x", fill="0")
    tiny = changed(call((2, 3, 4), 235, eps=1e-8, gradients=True), "x", scale=1e-4)
    own = call((2, 3, 5), 220, eps=0.5, gradients=True)
    yield "gradients-eps", case(own, small, zeros, tiny)
    shapes = dict(
        two=call((4, 5), 240, gradients=True),
        four=call((2, 3, 2, 5), 245, gradients=True),
        wide=call((3, 65), 250, gradients=True),
        many_rows=call((130, 3), 255, gradients=True, echo=False),
    )
    yield "gradients-dimensions", case(*(dict(one, name=name) for name, one in shapes.items()))
    sizes = dict(
        one_row=(1, 1, 6), one_sequence=(1, 4, 3), one_token=(3, 1, 4), one_channel=(2, 3, 1),
        all_ones=(1, 1, 1), square=(4, 4, 3), batch_and_width=(5, 2, 5), rows_and_width=(2, 4, 4),
        cube=(3, 3, 3), rows=(3, 1),
    )  # fmt: skip
    made = {
        name: call(shape, 260 + 5 * i, gradients=True)
        for i, (name, shape) in enumerate(sizes.items())
    }
    yield "sizes", case(*(dict(one, name=name) for name, one in made.items()))
    nets = [call((2, 3, 5), 320, eps=0.1, gradients=True, network="two")]
    nets += [call((2, 3, 5), 330, eps=0.1, gradients=True, network="residual")]
    nets += [call((4, 5), 340, gradients=True, network="two", needs=["weight"])]
    yield "networks", case(*nets)


def repeated():
    own = (2, 3, 4)
    some = [call(own, 401, gradients=True, needs=[name]) for name in ("x", "weight")]
    some += [call(own, 405), call(own, 406, under="no_grad", keep=True, overwrite=True)]
    some += [call(own, 408, under="inference_mode"), call(own, 410, gradients=True)]
    first = [call(own, 415, under="inference_mode"), call(own, 420, gradients=True)]
    both = dict(both=case(*some), inference_first=case(*first))
    yield "with-and-without-gradients", together(**both)
    several = [call(own, 430, keep=True), call(own, 440, keep=True, overwrite=True)]
    several += [call(own, 440, eps=0.3, keep=True), call((3, 2, 4), 440, keep=True)]
    several += [call(own, 450, under="no_grad", keep=True), call(own, 455, under="no_grad")]
    several += [changed(call(own, 430, keep=True), "weight", seed=460)]
    several += [call(own, 470, eps=0.2, gradients=True), call(own, 475, gradients=True)]
    yield "several-calls", case(*several)


def tensors():
    own = (2, 3, 5)
    views = [
        call(own, 510, layout=layout, gradients=True, network=network)
        for layout, network in (("strided", "plain"), ("transposed", "plain"), ("strided", "two"))
    ]
    views += [call((2, 3, 2, 4), 520, layout="channels_last", gradients=True)]
    yield "layouts", case(*views)
    deep = [call(own, 530, dtype="float64", gradients=True), call(own, 535, 0.5, "float64")]
    yield "float64", case(*deep)
    yield "cancelling-float64", together(forward=opposite(), backward=along())
    elsewhere = [call(own, 550), call(own, 555, device="meta"), call((4, 5), 560, device="meta")]
    yield "another-device", case(*elsewhere)


def opposite():
    """Large inputs that the weight takes off again: x + norm(x) is small."""
    made = call((2, 3, 5), 570, dtype="float64", network="residual")
    made = changed(made, "x", sum_zero=True, offset=4096.0)
    return case(changed(made, "weight", offset=-4096.0))


def along():
    """A gradient of the output that lies along x, where only little of it reaches x."""
    made = call((2, 3, 5), 580, dtype="float64", gradients=True)
    made = changed(made, "x", sum_zero=True, offset=1.0, scale=0.05)
    made = changed(made, "weight", scale=0.001)
    return case(changed(made, "probe", offset=4096.0))


def normed(x, weight, eps):
    """(..., d) -> (..., d)."""
    rows = [
        row * weight / ((row * row).sum() / len(row) + eps).sqrt()
        for row in x.reshape(-1, x.shape[-1])
    ]
    return torch.stack(rows).reshape(x.shape)


def network_of(made, loaded, given):
    x, weight, eps = given["x"], given["weight"], given["eps"]
    out = normed(x, weight, eps)
    if given.get("network") == "two":
        return normed(out, weight, eps)
    return x + out if given.get("network") == "residual" else out


def answer(made):
    return part_answers(made, lambda part: answers(part, network_of, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
