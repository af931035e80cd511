"""Writes data/: the cases, and the answers by the definition.

    python problems/alibi/generators/generate.py      (in the runner's environment)

As in Press, Smith, Lewis: Train Short, Test Long, ICLR 2022, section 3, with the slopes of its code
(`get_slopes`) where the number of heads is no power of two. In float64, token by token; gradients
come from autograd over that.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["q", "k", "v"]


def call(b, h, s, d, seed, dtype="float32", layout="", gradients=False, scale=1.5, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    sizes = [b, h, s, d]
    made = {
        name: dict(seed=seed + i, shape=sizes, dtype=dtype, scale=scale, **placed)
        for i, name in enumerate("qkv")
    }
    if gradients:
        made["probe"] = dict(seed=seed + 3, shape=sizes, dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    q = [[[1, 0], [0, 1], [1, 1]], [[0.5, 0], [1, -1], [0, 2]]]
    k = [[[0.5, 1], [1, 0], [-1, 1]], [[1, 1], [0, 0.5], [2, 0]]]
    v = [[[1, 0], [0, 1], [2, -1]], [[4, 0], [0, 2], [-2, 2]]]
    yield "1", case(dict(q=dict(values=[q]), k=dict(values=[k]), v=dict(values=[v]), echo=False))
    of_zero = dict(values=[[[[0.0]] * 4] * 3])
    tokens = dict(values=[[[[1], [0], [0], [0]]] * 3])
    yield "2-three-heads", case(dict(q=of_zero, k=of_zero, v=tokens, echo=False))


def secrets():
    powers = {f"heads_{h}": call(2, h, 7, 5, 100 + 5 * i) for i, h in enumerate((1, 2, 4, 8, 16))}
    yield "powers-of-two", named(**powers)
    others = {
        f"heads_{h}": call(1, h, 7, 4, 150 + 5 * i) for i, h in enumerate((3, 5, 6, 7, 12, 20))
    }
    yield "other-numbers-of-heads", named(**others)
    yield "longer", case(call(1, 4, 48, 6, 200), call(1, 3, 33, 8, 205), call(2, 8, 20, 4, 210))
    yield "future", changed()
    yield "gradients", case(*training())
    yield "sizes", named(**sizes())
    yield "large-scores", together(float32=large("float32"), float64=large("float64"))
    yield from repeated()
    yield from tensors()


def changed():
    """What lies ahead changes nothing: other last tokens, and fewer of them."""
    one = call(1, 2, 6, 4, 220)
    drawn = {name: cases.make_tensor(one[name]).tolist()[0] for name in "qkv"}
    calls = []
    for kept in (6, 5, 3, 1):
        other = {
            name: cases.make_tensor(dict(one[name], seed=240 + kept + i, scale=30.0)).tolist()[0]
            for i, name in enumerate("qkv")
        }
        mixed = {
            name: [
                head[:kept] + others[kept:]
                for head, others in zip(drawn[name], other[name], strict=True)
            ]
            for name in "qkv"
        }
        calls.append({name: dict(values=[mixed[name]]) for name in "qkv"})
        calls.append({name: dict(values=[[head[:kept] for head in drawn[name]]]) for name in "qkv"})
    return case(*calls[1:])


def training():
    yield call(2, 4, 6, 3, 300, gradients=True, keep=True, overwrite=True)
    yield call(2, 3, 5, 4, 305, gradients=True)
    yield call(2, 2, 6, 4, 310, gradients=True, needs=["v"])
    yield call(2, 2, 6, 4, 315, gradients=True, needs=["q"])
    yield call(2, 2, 6, 4, 320, gradients=True, needs=["k"])


def sizes():
    """Sizes of one, and each two equal."""
    return dict(
        one_sequence=call(1, 2, 5, 3, 350, gradients=True),
        one_head=call(2, 1, 5, 3, 355, gradients=True),
        one_token=call(2, 3, 1, 4, 360, gradients=True),
        one_channel=call(2, 3, 5, 1, 365, gradients=True),
        all_one=call(1, 1, 1, 1, 370),
        heads_as_sequences=call(3, 3, 5, 4, 375),
        heads_as_tokens=call(2, 4, 4, 3, 380, gradients=True),
        sequences_as_tokens=call(4, 2, 4, 3, 385),
        tokens_as_channels=call(2, 3, 4, 4, 390, gradients=True),
        heads_as_channels=call(2, 4, 5, 4, 395),
        sequences_as_channels=call(4, 2, 5, 4, 400),
        all_equal=call(3, 3, 3, 3, 405, gradients=True),
    )


def large(dtype):
    """Scores of hundreds, in float64 of thousands, where exp overflows there too: far above zero
    in the first two heads, far below in the third, of both kinds in the last. All products are of
    integers, d is 16 and the slopes of four heads are powers of two, so that no order of
    operations rounds."""
    far = 1600.0 if dtype == "float64" else 100.0
    made = call(1, 4, 6, 16, 430, dtype=dtype, gradients=True)
    made["q"] = dict(values=[[whole([20.0] * 6, 7 + head) for head in range(4)]], dtype=dtype)
    signs = [[1] * 6, [1] * 6, [-1] * 6, [-1, -1, 1, -1, 1, 1]]
    keys = [whole([far * sign for sign in signs[head]], 17 + head) for head in range(4)]
    made["k"] = dict(values=[keys], dtype=dtype)
    return case(made)


def whole(first, seed):
    """Six tokens of 16 channels: the first as given, three more of -2 ... 2, the others 0."""
    drawn = cases.make_tensor(dict(seed=seed, shape=[6, 3], dtype="int64", below=5)).tolist()
    rows = zip(first, drawn, strict=True)
    return [[one, *(float(value - 2) for value in more), *[0.0] * 12] for one, more in rows]


def level():
    """Scores that fall with the key by as much as the penalty rises, so that all weights of a query
    are equal; and values of +4096 and -4096 that cancel if the slopes are right. Only the last
    token sees both: the others have far lower scores for the first of the two."""
    heads, count = 12, 16
    made = call(1, heads, count, 4, 690, "float64")
    v = cases.make_tensor(made["v"])
    v[:, :, 1] += 4096
    v[:, :, -1] -= 4096
    made["v"] = dict(values=v.tolist(), dtype="float64")
    q = [[1.0, 0.0 if i == count - 1 else -1000.0, 0.0, 0.0] for i in range(count)]
    made["q"] = dict(values=[[q] * heads], dtype="float64")
    keys = [
        [[-2 * steep * j, float(j == 1), 0.0, 0.0] for j in range(count)] for steep in slopes(heads)
    ]
    made["k"] = dict(values=[keys], dtype="float64")
    return made


def repeated():
    some = [call(2, 2, 6, 4, 505)]
    some += [call(2, 2, 6, 4, 510, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 3, 1, 4, 515, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 3, 7, 4, 520, under="inference_mode")]
    some += [call(2, 3, 7, 4, 525, gradients=True)]
    first = [call(2, 2, 5, 4, 530, under="inference_mode"), call(2, 2, 5, 4, 535, gradients=True)]
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    shapes = [(4, 6), (3, 6), (4, 9), (4, 3), (8, 6), (2, 9)]
    several = [call(1, h, s, 4, 540 + 5 * i, keep=True) for i, (h, s) in enumerate(shapes)]
    several += [call(2, 2, 6, 4, seed, under="no_grad", keep=True) for seed in (590, 595)]
    # After one of another dtype.
    several += [call(1, 3, 7, 4, 600, "float64"), call(1, 3, 7, 4, 605)]
    yield "several-calls", case(*several)


def tensors():
    layouts = ("strided", "transposed", "channels_last", "tokens_first")
    views = [
        call(2, 3, 6, 4, 610 + 5 * i, layout=layout, gradients=True)
        for i, layout in enumerate(layouts)
    ]
    yield "layouts", case(*views)
    yield (
        "float64",
        case(call(2, 3, 6, 4, 640, "float64", gradients=True), call(1, 2, 9, 5, 645, "float64")),
    )
    far = call(2, 2, 6, 4, 650, "float64")
    far["q"] |= dict(offset=4096.0)
    far["k"] |= dict(sum_zero=True)
    apart = call(1, 3, 7, 5, 655, "float64")
    apart["q"] |= dict(sum_zero=True)
    apart["k"] |= dict(offset=4096.0)
    yield "cancelling-float64", case(far, apart, level())
    elsewhere = [call(2, 2, 5, 4, 660), call(2, 4, 5, 3, 665, device="meta")]
    elsewhere += [call(1, 3, 4, 2, 670, device="meta")]
    yield "another-device", case(*elsewhere)


def slopes(h):
    """The slope of each head."""
    power = 2 ** int(math.log2(h))
    own = [2.0 ** (-8 * n / power) for n in range(1, power + 1)]
    between = [2.0 ** (-8 * n / (2 * power)) for n in range(1, 2 * power, 2)]
    return [*own, *between][:h]


def attend(made, loaded, given):
    """(b, h, s, d) three times -> (b, h, s, d)."""
    q, k, v = (given[name] for name in INPUTS)
    steep = torch.tensor(slopes(q.shape[1]), dtype=torch.float64)[:, None]
    rows = []
    for i in range(q.shape[2]):
        scores = (k[:, :, : i + 1] * q[:, :, i, None]).sum(-1) / math.sqrt(q.shape[-1])
        scores = scores - steep * (i - torch.arange(i + 1, dtype=torch.float64))
        parts = (scores - scores.amax(-1, keepdim=True)).exp()
        weights = parts / parts.sum(-1, keepdim=True)
        rows.append((weights[..., None] * v[:, :, : i + 1]).sum(-2))
    return torch.stack(rows, dim=2)


def answer(made):
    return part_answers(made, lambda part: answers(part, attend, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
