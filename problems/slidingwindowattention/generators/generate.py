"""Writes data/: the cases, and the answers by the definition.

    python problems/slidingwindowattention/generators/generate.py     (in the runner's environment)

As in Beltagy et al.: Longformer, 2020, section 3.1, with the causal window of Jiang et al.: Mistral
7B, 2023, section 2. In float64, token by token; gradients come from autograd over that.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["q", "k", "v", "window"]


def call(b, h, s, d, window, seed, dtype="float32", layout="", gradients=False, scale=1.5, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    sizes = [b, h, s, d]
    made = {
        name: dict(seed=seed + i, shape=sizes, dtype=dtype, scale=scale, **placed)
        for i, name in enumerate("qkv")
    }
    if gradients:
        made["probe"] = dict(seed=seed + 3, shape=sizes, dtype=dtype)
    return {**made, "window": window, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    q = [[[[1, 0], [0, 1], [1, 1], [-1, 0.5]]]]
    k = [[[[0.5, 1], [1, 0], [-1, 1], [0, 2]]]]
    v = [[[[1, 0], [0, 1], [2, -1], [4, 3]]]]
    given = dict(q=dict(values=q), k=dict(values=k), v=dict(values=v))
    yield "1", case(dict(given, window=2, echo=False))
    yield "2-windows", case(*(dict(given, window=window, echo=False) for window in (1, 3, 9)))


def secrets():
    windows = {
        f"window_{window}": call(2, 3, 7, 4, window, 100 + 5 * window) for window in range(1, 9)
    }
    yield "windows", named(**windows)
    yield "outside", together(changed=changed(), weight_zero=case(weight_zero()))
    yield (
        "longer",
        case(call(1, 2, 65, 8, 16, 200), call(2, 1, 40, 6, 33, 210), call(1, 1, 30, 4, 100, 220)),
    )
    yield "gradients", case(*training())
    yield "sizes", named(**sizes())
    yield "large-scores", together(float32=large("float32"), float64=large("float64"))
    yield from repeated()
    yield from tensors()


def changed():
    """What lies outside the window changes nothing: other tokens before and after it."""
    one = call(1, 2, 8, 4, 3, 150)
    drawn = {name: cases.make_tensor(one[name]).tolist() for name in "qkv"}
    other = {name: cases.make_tensor(dict(one[name], seed=190 + i, scale=30.0)).tolist()
             for i, name in enumerate("qkv")}  # fmt: skip
    calls = []
    for place in (0, 2, 5, 7):
        given = {}
        for name in "qkv":
            heads = [[list(token) for token in head] for head in drawn[name][0]]
            for head, others in zip(heads, other[name][0], strict=True):
                head[place] = others[place]
            given[name] = dict(values=[heads])
        calls.append(dict(given, window=3))
    return case(*calls)


def weight_zero():
    """Token 3 has so large a value that any weight but 0 shows in the outputs of tokens that don't
    see it. Tokens 3 and 4 do, and have so low a score for it that they leave it no weight either:
    else the tolerance, a share of the largest value, hid the others."""
    one = call(1, 1, 6, 4, 2, 170)
    drawn = {name: cases.make_tensor(one[name]).tolist()[0][0] for name in "qkv"}
    for i, (query, key, value) in enumerate(zip(*drawn.values(), strict=True)):
        query[0] = 40.0 if i in (3, 4) else 0.0
        key[0] = -40.0 if i == 3 else 1.0
        value[3] = 1e30 if i == 3 else 0.5
    return dict({name: dict(values=[[rows]]) for name, rows in drawn.items()}, window=2)


def training():
    yield call(2, 3, 6, 4, 3, 300, gradients=True, keep=True, overwrite=True)
    yield call(2, 2, 5, 3, 1, 305, gradients=True)
    yield call(1, 2, 5, 4, 9, 310, gradients=True)
    yield call(2, 2, 6, 4, 2, 315, gradients=True, needs=["v"])
    yield call(2, 2, 6, 4, 4, 320, gradients=True, needs=["q"])
    yield call(2, 2, 6, 4, 4, 325, gradients=True, needs=["k"])


def sizes():
    """Sizes of one, and each two equal."""
    return dict(
        one_sequence=call(1, 2, 5, 3, 2, 350, gradients=True),
        one_head=call(2, 1, 5, 3, 2, 355, gradients=True),
        one_token=call(2, 3, 1, 4, 2, 360, gradients=True),
        one_channel=call(2, 3, 5, 1, 2, 365, gradients=True),
        all_one=call(1, 1, 1, 1, 1, 370),
        heads_as_sequences=call(3, 3, 5, 4, 2, 375),
        heads_as_tokens=call(2, 4, 4, 3, 2, 380, gradients=True),
        sequences_as_tokens=call(4, 2, 4, 3, 2, 385),
        tokens_as_channels=call(2, 3, 4, 4, 2, 390, gradients=True),
        heads_as_channels=call(2, 4, 5, 4, 2, 395),
        sequences_as_channels=call(4, 2, 5, 4, 2, 400),
        all_equal=call(3, 3, 3, 3, 2, 405, gradients=True),
    )


def large(dtype):
    """Scores of hundreds, in float64 of thousands, where exp overflows there too: far above zero
    in the first head, far below in the second, of both kinds in the third. All products are of
    small integers and d is 16, so that no order of operations rounds, and the gaps are sharp."""
    far = 1600.0 if dtype == "float64" else 100.0
    signs = [[1] * 6, [-1] * 6, [1, -1, -1, -1, 1, 1]]
    made = call(1, 3, 6, 16, 3, 430, dtype=dtype, gradients=True)
    made["q"] = dict(values=[[whole([20.0] * 6, 7 + head) for head in range(3)]], dtype=dtype)
    keys = [whole([far * sign for sign in signs[head]], 17 + head) for head in range(3)]
    made["k"] = dict(values=[keys], dtype=dtype)
    return case(made)


def whole(first, seed):
    """Six tokens of 16 channels: the first as given, three more of -2 ... 2, the others 0."""
    drawn = cases.make_tensor(dict(seed=seed, shape=[6, 3], dtype="int64", below=5)).tolist()
    rows = zip(first, drawn, strict=True)
    return [[one, *(float(value - 2) for value in more), *[0.0] * 12] for one, more in rows]


def repeated():
    some = [call(2, 2, 6, 4, 3, 505)]
    some += [call(2, 2, 6, 4, 3, 510, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 2, 6, 4, 1, 515, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 2, 7, 4, 2, 520, under="inference_mode")]
    some += [call(2, 2, 7, 4, 2, 525, gradients=True)]
    first = [
        call(2, 2, 5, 4, 2, 530, under="inference_mode"),
        call(2, 2, 5, 4, 2, 535, gradients=True),
    ]
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    several = [call(2, 2, 6, 4, window, 540 + 5 * window, keep=True) for window in (2, 2, 4, 1, 3)]
    several += [call(2, 2, s, 4, 3, 570 + s, keep=True) for s in (9, 4, 6)]
    several += [call(2, 2, 6, 4, 3, 590, under="no_grad", keep=True)]
    several += [call(2, 2, 6, 4, 3, 595, under="no_grad", keep=True)]
    # After one of another dtype.
    several += [call(2, 2, 7, 4, 3, 600, dtype="float64"), call(2, 2, 7, 4, 3, 605)]
    yield "several-calls", case(*several)


def tensors():
    layouts = ("strided", "transposed", "channels_last", "tokens_first")
    views = [
        call(2, 3, 6, 4, 3, 610 + 5 * i, layout=layout, gradients=True)
        for i, layout in enumerate(layouts)
    ]
    yield "layouts", case(*views, call(2, 3, 5, 4, 1, 635, layout="transposed", under="no_grad"))
    deep = [
        call(2, 3, 6, 4, 3, 640, "float64", gradients=True),
        call(1, 2, 9, 5, 4, 645, "float64"),
    ]
    yield "float64", case(*deep)
    far = call(2, 2, 6, 4, 3, 650, "float64")
    far["q"] |= dict(offset=4096.0)
    far["k"] |= dict(sum_zero=True)
    apart = call(1, 2, 7, 5, 3, 655, "float64")
    apart["q"] |= dict(sum_zero=True)
    apart["k"] |= dict(offset=4096.0)
    yield "cancelling-float64", case(far, apart)
    elsewhere = [call(2, 2, 5, 4, 3, 660), call(2, 2, 5, 4, 3, 665, device="meta")]
    elsewhere += [call(1, 2, 4, 3, window, 670, device="meta") for window in (1, 8)]
    yield "another-device", case(*elsewhere)


def attend(made, loaded, given):
    """(b, h, s, d) three times, and the window -> (b, h, s, d)."""
    q, k, v, window = (given[name] for name in INPUTS)
    rows = []
    for i in range(q.shape[2]):
        seen = slice(max(0, i - window + 1), i + 1)
        scores = (k[:, :, seen] * q[:, :, i, None]).sum(-1) / math.sqrt(q.shape[-1])
        parts = (scores - scores.amax(-1, keepdim=True)).exp()
        weights = parts / parts.sum(-1, keepdim=True)
        rows.append((weights[..., None] * v[:, :, seen]).sum(-2))
    return torch.stack(rows, dim=2)


def answer(made):
    return part_answers(made, lambda part: answers(part, attend, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
