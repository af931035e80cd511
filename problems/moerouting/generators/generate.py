"""Writes data/: the cases, and the answers token by token.

    python problems/moerouting/generators/generate.py      (in the runner's environment)

In float64; gradients come from autograd over that. The loss is that of Fedus et al., Switch
Transformers, 2021 (arXiv:2101.03961), equations 4 to 6, for k choices; weights that are normalised
anew are those of Mixtral (Jiang et al., 2024, arXiv:2401.04088, section 2.1).
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

TENSORS = ["x", "router", "w1", "w2"]
INPUTS = [*TENSORS, "k", "returned"]
Y, LOSS = 0, 1
GAP = 0.01


def call(n, d, e, f, k, seed, returned=Y, dtype="float32", layout="", gradients=False, **more):
    """The first seed from `seed` on in whose routing no rounding decides; `more` goes into the
    call."""
    placed = dict(layout=layout) if layout else {}
    for tried in range(seed, seed + 10**6, 1000):
        shapes = dict(x=[n, d], router=[e, d], w1=[e, f, d], w2=[e, d, f])
        made = {
            name: dict(seed=tried + i, shape=shape, dtype=dtype, scale=1.5, **placed)
            for i, (name, shape) in enumerate(shapes.items())
        }
        made |= dict(k=k, returned=returned)
        if gradients:
            shape = [] if returned == LOSS else [n, d]
            made["probe"] = dict(seed=tried + 7, shape=shape, dtype=dtype)
        if is_clear(made):
            return {**made, **more}
    raise ValueError("no such seed")


def is_clear(made):
    x, router = (cases.make_tensor(made[name]).double() for name in ("x", "router"))
    ranked = (x @ router.T).sort(descending=True).values
    k = made["k"]
    return k == len(router) or bool((ranked[:, k - 1] - ranked[:, k]).min() > GAP)


def both(*sizes, **more):
    return [call(*sizes, returned, **more) for returned in (Y, LOSS)]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    given = dict(
        x=dict(values=[[1, 0], [0, 1], [1, 1]]),
        router=dict(values=[[1, 0], [0, 1], [-1, 0.5]]),
        w1=dict(values=[[[1, 1]], [[2, 0.5]], [[0, 1]]]),
        w2=dict(values=[[[1], [0]], [[0], [1]], [[1], [1]]]),
    )
    one = dict(x=dict(values=[[1, 0], [0, 1], [3, 1]]), k=1, echo=False)
    yield "1", case(*(dict(given | one, returned=returned) for returned in (Y, LOSS)))
    two = dict(x=dict(values=[[1, 0], [0, 1], [3, 1]]), k=2, echo=False)
    yield "2-two-experts", case(*(dict(given | two, returned=r) for r in (Y, LOSS)))


def secrets():
    many = call(150, 2, 2, 3, 1, 115, echo=False)
    yield "values", case(call(7, 4, 5, 6, 2, 100), call(5, 3, 6, 2, 3, 110), many)
    losses = [call(9, 4, 5, 3, k, 120 + 10 * k, LOSS) for k in (1, 2, 3)]
    yield "loss", case(*losses)
    yield "one-and-all", case(*both(6, 4, 5, 3, 1, 160), *both(6, 4, 3, 5, 3, 170))
    yield "idle-experts", case(*idle(Y, gradients=True), *idle(LOSS, gradients=True))
    trained = both(5, 3, 4, 6, 2, 200, gradients=True, keep=True, overwrite=True)
    trained += both(6, 4, 5, 2, 3, 210, gradients=True)
    yield "gradients", case(*trained, *both(4, 3, 5, 2, 1, 220, gradients=True))
    steep = [large(dtype, returned) for dtype in ("float32", "float64") for returned in (Y, LOSS)]
    yield "large-scores", case(*steep)
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def idle(returned, **more):
    """One channel is large in all tokens, and decides."""
    made = call(5, 3, 5, 4, 2, 180, returned, **more)
    x, router = (cases.make_tensor(made[name]).tolist() for name in ("x", "router"))
    for row in x:
        row[0] = 3.0
    for row, first in zip(router, (-2.0, 2.0, -1.0, 0.5, 3.5), strict=True):
        row[0] = first
    made |= dict(x=dict(values=x), router=dict(values=router))
    assert is_clear(made)
    return [made]


def large(dtype, returned):
    """Scores that are whole numbers, up to 900: all processors have the same. None is so far
    behind that its probability would be 0."""
    made = call(4, 2, 4, 3, 2, 190, returned, dtype)
    made["x"] = dict(values=[[4.0, 1.0], [-4.0, -1.0], [1.0, -1.0], [3.0, 2.0]], dtype=dtype)
    rows = [[200.0, 100.0], [203.0, 97.0], [198.0, 108.0], [205.0, 101.0]]
    made["router"] = dict(values=rows, dtype=dtype)
    assert is_clear(made)
    return made


def of_one_and_equal():
    return dict(
        one_token=call(1, 4, 5, 6, 2, 300, gradients=True),
        one_channel=call(5, 1, 4, 3, 2, 310),
        one_expert=call(5, 3, 1, 4, 1, 320, gradients=True),
        one_inside=call(5, 3, 4, 1, 2, 330),
        all_one=call(1, 1, 1, 1, 1, 340),
        all_one_loss=call(1, 1, 1, 1, 1, 345, LOSS),
        tokens_as_channels=call(4, 4, 5, 6, 2, 350),
        tokens_as_experts=call(5, 4, 5, 6, 2, 360, gradients=True),
        tokens_as_inside=call(6, 4, 5, 6, 2, 370),
        tokens_as_k=call(2, 4, 5, 6, 2, 380, LOSS),
        channels_as_experts=call(6, 4, 4, 5, 2, 390),
        channels_as_inside=call(6, 4, 5, 4, 2, 400, gradients=True),
        channels_as_k=call(6, 3, 5, 4, 3, 410),
        experts_as_inside=call(7, 3, 5, 5, 2, 420),
        inside_as_k=call(7, 4, 5, 2, 2, 430),
        all_equal=call(3, 3, 3, 3, 3, 440),
    )


def repeated():
    some = both(5, 3, 4, 6, 2, 500, under="no_grad", keep=True, overwrite=True)
    some += both(5, 3, 4, 6, 2, 510, under="inference_mode")
    some += both(5, 3, 4, 6, 2, 520, gradients=True)
    first = [call(4, 3, 4, 2, 2, 530, under="inference_mode")]
    first += [call(4, 3, 4, 2, 2, 540, gradients=True)]
    needed = [INPUTS[1:], INPUTS[3:], INPUTS[:1]]
    alone = [
        call(5, 3, 4, 6, 2, 541 + i, gradients=True, needs=one) for i, one in enumerate(needed)
    ]
    alone += [
        call(5, 3, 4, 6, 2, 545 + i, LOSS, gradients=True, needs=INPUTS[i : i + 1]) for i in (0, 1)
    ]
    parts = dict(both=case(*some), inference_first=case(*first), some_inputs=case(*alone))
    yield "with-and-without-gradients", together(**parts)
    several = [call(5, 3, 4, 6, 2, 550 + 10 * i, keep=True) for i in range(2)]
    several += [call(5, 3, 4, 6, 1, 570, keep=True), call(6, 3, 5, 6, 2, 580, keep=True)]
    several += [call(5, 3, 4, 6, 2, 590 + 10 * i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(*several, call(5, 3, 4, 6, 2, 610, LOSS, keep=True))


def tensors():
    views = [
        one
        for i, layout in enumerate(("strided", "transposed"))
        for one in both(5, 3, 4, 6, 2, 650 + 10 * i, layout=layout, gradients=True)
    ]
    yield "layouts", case(*views)
    yield "float64", case(*both(5, 3, 4, 6, 2, 680, dtype="float64", gradients=True))
    yield "cancelling-float64", case(*cancelling())
    elsewhere = [call(5, 3, 4, 6, 2, 700), *both(5, 3, 4, 6, 2, 710, device="meta")]
    yield "another-device", case(*elsewhere, *both(3, 3, 3, 3, 1, 720, device="meta"))


def cancelling():
    """x is near 4096 everywhere, and the rows of router and w1 sum to 0."""
    for seed in range(690, 10**6, 1000):
        made = both(5, 3, 4, 6, 2, seed, dtype="float64")
        for one in made:
            one["x"]["offset"] = 4096.0
            one["router"]["sum_zero"] = one["w1"]["sum_zero"] = True
        if all(is_clear(one) for one in made):
            return made
    raise ValueError("no such seed")


def route(made, loaded, given):
    """(n, d) and the weights -> (n, d), or the loss."""
    x, router, w1, w2 = (given[name] for name in TENSORS)
    k, rows, total = given["k"], [], 0
    counts = [0] * len(router)
    for token in x:
        p = (router @ token).softmax(0)
        total = total + p
        chosen = sorted(range(len(router)), key=lambda i: -float(p[i].detach()))[:k]
        row = 0
        for i in chosen:
            counts[i] += 1
            inside = w1[i] @ token
            row = row + p[i] * (w2[i] @ (inside / (1 + (-inside).exp())))
        rows.append(row / sum(p[i] for i in chosen))
    if given["returned"] == Y:
        return torch.stack(rows)
    mean = total / len(x)
    return len(router) * sum(c / (len(x) * k) * one for c, one in zip(counts, mean, strict=True))


def answer(made):
    return part_answers(made, lambda part: answers(part, route, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
