"""Writes data/: the cases, and the answers by the definition.

    python problems/linearattention/generators/generate.py      (in the runner's environment)

Katharopoulos et al.: Transformers are RNNs, ICML 2020, equations 9 to 12 and 18 to 20, without the
constant that its code adds to the denominator. In float64, token by token; gradients come from
autograd over that.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["q", "k", "v"]


def call(
    b, h, s, d, e, seed, dtype="float32", layout="", gradients=False, spread=2.0, offset=0.0, **more
):
    """`spread` and `offset` are those of q and k; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = {}
    for i, name in enumerate(INPUTS):
        shape = [b, h, s, e if name == "v" else d]
        made[name] = dict(seed=seed + i, shape=shape, dtype=dtype, **placed)
        if name != "v":
            made[name]["scale"] = spread
            if offset:
                made[name]["offset"] = offset
    if gradients:
        made["probe"] = dict(seed=seed + 5, shape=[b, h, s, e], dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    q = [[[[1, -1], [0, 2], [-2, 0.5]]]]
    k = [[[[0, 1], [1, -1], [2, 0]]]]
    v = [[[[1, 0], [0, 1], [-1, 2]]]]
    given = {n: dict(values=one) for n, one in zip(INPUTS, (q, k, v), strict=True)}
    yield "1", case(dict(**given, echo=False))
    yield "2-two-heads", case(call(1, 2, 3, 2, 3, 50, spread=1.0, echo=False))


def secrets():
    yield (
        "values",
        case(call(2, 3, 6, 4, 5, 100), call(1, 2, 9, 3, 2, 110), call(3, 1, 5, 2, 6, 120)),
    )
    later = call(1, 2, 4, 2, 3, 130)
    for name in INPUTS:
        later[name] = dict(values=growing(later[name]))
    yield "future", case(later)
    yield (
        "small-features",
        case(
            call(2, 2, 6, 3, 4, 140, spread=1.0, offset=-4.0),
            call(1, 2, 5, 4, 3, 150, spread=0.5, offset=-3.0),
            call(1, 2, 5, 4, 3, 155, spread=1.5, offset=-8.5),
        ),
    )
    yield "longer", case(call(1, 2, 130, 3, 2, 160), call(1, 1, 70, 5, 4, 170, spread=4.0))
    yield (
        "gradients",
        case(
            call(2, 2, 5, 3, 4, 200, gradients=True, keep=True, overwrite=True),
            call(1, 3, 6, 4, 2, 210, gradients=True),
            call(1, 1, 20, 2, 3, 220, gradients=True),
        ),
    )
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()
    long = call(1, 1, 20_000, 4, 3, 600, sampled=500, echo=False)
    long["weighted"] = dict(seed=610, shape=[1, 1, 20_000, 3], dtype="float32")
    yield "long", case(long)


def growing(spec):
    """The drawn values, of which each token's are some times larger than those before."""
    drawn = cases.make_tensor(spec)
    rising = torch.tensor([1.0, 3.0, 8.0, 20.0])[:, None]
    return (drawn.abs() * rising).mul(8).round().div(8).tolist()


def of_one_and_equal():
    return dict(
        one_sequence_and_head=call(1, 1, 5, 3, 4, 240, gradients=True),
        one_token=call(3, 2, 1, 4, 5, 250, gradients=True),
        one_feature=call(2, 3, 4, 1, 5, 260),
        one_value=call(2, 3, 5, 4, 1, 270, gradients=True),
        all_one=call(1, 1, 1, 1, 1, 280),
        sequences_as_heads=call(3, 3, 4, 2, 5, 290),
        sequences_as_tokens=call(4, 2, 4, 3, 4, 300),
        sequences_as_features=call(3, 2, 4, 3, 1, 310),
        heads_as_tokens=call(2, 4, 4, 3, 5, 320, gradients=True),
        heads_as_features=call(2, 3, 5, 3, 4, 330),
        heads_as_values=call(1, 3, 4, 2, 3, 340),
        tokens_as_features=call(2, 1, 4, 4, 3, 350),
        features_as_values=call(2, 2, 5, 4, 4, 360, gradients=True),
        all_equal=call(3, 3, 3, 3, 3, 370),
    )


def repeated():
    some = [call(2, 2, 5, 3, 4, 400, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 2, 5, 3, 4, 410, under="inference_mode")]
    some += [call(2, 2, 5, 3, 4, 420, gradients=True)]
    first = [call(1, 2, 4, 3, 2, 430, under="inference_mode")]
    first += [call(1, 2, 4, 3, 2, 440, gradients=True)]
    alone = [
        call(2, 2, 5, 3, 4, 444 + 2 * i, gradients=True, needs=[n]) for i, n in enumerate(INPUTS)
    ]
    parts = dict(both=case(*some), inference_first=case(*first), one_input=case(*alone))
    yield "with-and-without-gradients", together(**parts)
    several = [call(2, 2, 5, 3, 4, 450 + 10 * i, keep=True) for i in range(2)]
    several += [call(2, 2, 7, 3, 4, 470, keep=True), call(1, 3, 5, 4, 3, 480, keep=True)]
    several += [call(2, 2, 5, 3, 4, 490 + 10 * i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(*several)


def tensors():
    layouts = enumerate(("strided", "transposed", "channels_last"))
    views = [call(2, 3, 5, 4, 2, 510 + 10 * i, layout=one, gradients=True) for i, one in layouts]
    yield "layouts", case(*views)
    yield "float64", case(call(2, 2, 5, 3, 4, 540, "float64", gradients=True))
    far = call(1, 2, 5, 3, 4, 550, "float64", gradients=True)
    # Longer than a chunk, so that the state from before it counts.
    longer = call(1, 1, 130, 3, 2, 590, "float64", gradients=True, echo=False)
    for one in (far, longer):
        one["v"] |= dict(sum_zero=True, offset=4096.0)
    yield "cancelling-float64", case(far, longer)
    elsewhere = [call(1, 2, 5, 3, 4, 560), call(1, 2, 5, 3, 4, 570, device="meta")]
    yield "another-device", case(*elsewhere, call(2, 3, 4, 2, 2, 580, device="meta"))


def attend(made, loaded, given):
    """(b, h, s, d), (b, h, s, d), (b, h, s, e) -> (b, h, s, e)."""
    q, k = (
        torch.where(one > 0, one + 1, one.clamp(max=0).exp()) for one in (given["q"], given["k"])
    )
    state, total, rows = 0.0, 0.0, []
    for i in range(q.shape[2]):
        query, key, value = q[:, :, i], k[:, :, i], given["v"][:, :, i]
        state = state + key[..., :, None] * value[..., None, :]
        total = total + key
        above = (query[..., :, None] * state).sum(-2)
        rows.append(above / (query * total).sum(-1, keepdim=True))
    return torch.stack(rows, dim=2)


def summary(out, made):
    """What the driver answers of a long sequence."""
    if "sampled" not in made:
        return out
    count = made["sampled"]
    weighted = out * cases.make_tensor(made["weighted"]).double()
    means = weighted.unflatten(2, (-1, count)).mean(3) * count**0.5
    return torch.cat([out[:, :, ::count], means], 2)


def answer(made):
    return part_answers(made, lambda part: answers(part, attend, INPUTS, show=summary))


write_data(PACKAGE, samples(), secrets(), answer)
