"""Writes data/: the cases, and the answers of `reference.py`.

python problems/temporalquerytokens/generators/generate.py      (in the runner's environment)
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import INPUTS, LINEARS, PARAMETERS, TOKENS, largest_scores, read_all  # noqa: E402

from runner import cases  # noqa: E402  (found through the lines above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

SIZES = (2, 8, 3, 4)
"""num_heads, hidden, num_query_tokens, num_frames."""
NAMES = ("num_heads", "hidden", "num_query_tokens", "num_frames")


def weights(sizes, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1. Both kinds of
    queries and the slots' embeddings are as large as the patches: none is left out unseen."""
    _, hidden, q, frames = sizes
    scale = round(2.2 / hidden**0.5, 2)
    specs = {}
    for i, name in enumerate(TOKENS):
        shape = [frames, hidden] if name == "frame_embeds" else [1, q, hidden]
        specs[name] = dict(seed=seed * 100 + 90 + i, shape=shape, dtype=dtype, scale=1.5)
    for i, name in enumerate(LINEARS):
        wide = scale * (sharp if name in ("wq", "wk") else 1.0)
        draw = seed * 100 + i
        specs[f"{name}.weight"] = dict(seed=draw, shape=[hidden] * 2, dtype=dtype, scale=wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[hidden], dtype=dtype, scale=0.4)
    return specs


def case(sizes, seed, calls, dtype="float32", sharp=1.0):
    specs = weights(sizes, seed, dtype, sharp)
    return dict(zip(NAMES, sizes, strict=True), dtype=dtype, weights=specs, calls=calls)


def call(sizes, shape, lengths, seed, dtype="float32", layout="", gradients=False, **more):
    """`shape` is (t, n), `lengths` the videos' frames; `gradients` backpropagates a drawn probe."""
    _, hidden, q, _ = sizes
    b = len(lengths)
    placed = dict(layout=layout) if layout else {}
    made = dict(
        video=dict(seed=seed, shape=[b, *shape, hidden], dtype=dtype, scale=1.5, **placed),
        # Lengths have one dimension: channels last is no layout of it.
        lengths=dict(values=lengths, dtype="int64") | (placed if layout != "channels_last" else {}),
    )
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=[b, q, hidden], dtype=dtype)
    return {**made, **more}


def odd(made):
    """The call with NaN, infinities and huge numbers in the padding, in turn."""
    video, lengths = cases.make_tensor(made["video"]), made["lengths"]["values"]
    fill = (math.nan, math.inf, 1e30, -math.inf)
    for i, length in enumerate(lengths):
        for frame in range(length, video.shape[1]):
            video[i, frame] = fill[(i + frame) % 4]
    numbers = [float(f"{v:.9g}") for v in video.flatten().tolist()]
    rows = torch.tensor(numbers, dtype=torch.float64).reshape(video.shape).tolist()
    return made | dict(video=dict(values=rows, dtype=made["video"]["dtype"]), echo=False)


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    q, k, v = [[1, 0], [0, 1]], [[1, 0.5], [0, 1]], [[1, 0], [0, 2]]
    wo, temporal = [[1, 1], [1, -1]], [[0, 1], [2, 0]]
    specs = dict(
        query_tokens=dict(values=[[[1, 0], [0, 2]]]),
        temporal_query_tokens=dict(values=[[[-1, 1], [1, 1]]]),
        frame_embeds=dict(values=[[0, 0], [1, 0]]),
    )
    for name, rows in zip(LINEARS, (q, k, v, wo, temporal), strict=True):
        specs[f"{name}.weight"] = dict(values=rows)
        specs[f"{name}.bias"] = dict(values=[0, 0.5] if "wo" in name else [0, 0])
    frames = [[[1, 0]], [[0, 1]], [[2, -1]], [[1, 1]], [[-1, 0]]]
    sizes = dict(num_heads=1, hidden=2, num_query_tokens=2, num_frames=2, dtype="float32")
    five = dict(video=dict(values=[frames]), lengths=dict(values=[5], dtype="int64"), echo=False)
    yield "1", dict(**sizes, weights=specs, calls=[five])
    short = dict(
        video=dict(values=[frames, frames[::-1]]),
        lengths=dict(values=[3, 1], dtype="int64"),
        echo=False,
    )
    yield "2-a-single-frame", dict(**sizes, weights=specs, calls=[short])


def secrets():
    yield from frames()
    yield from shapes()
    yield several_calls()
    yield from training()
    yield from repeated()
    yield from tensors()


def one(sizes, shape, lengths, seed):
    return case(sizes, seed, [call(sizes, shape, lengths, seed * 10)])


def frames():
    yield "as-long-as-the-batch", one((1, 6, 2, 3), (6, 2), [6, 6], 11)
    many = [
        call((2, 4, 2, 3), (11, 1), [11, 8, 7, 5, 4, 3], 121),
        call((2, 4, 2, 3), (10, 2), [10, 9], 122),
    ]
    eight = [call((1, 4, 3, 8), (40, 1), [40, 29, 19, 12, 9, 8], 131)]
    # Quotients that are whole numbers, or nearly: floats fall short of some of them.
    eleven = [call((1, 2, 1, 11), (60, 1), [22, 26, 30, 44, 52, 60], 132)]
    yield (
        "longer-than-the-slots",
        together(
            three=case((2, 4, 2, 3), 12, many),
            eight=case((1, 4, 3, 8), 13, eight),
            eleven=case((1, 2, 1, 11), 38, eleven),
        ),
    )
    short = [call(SIZES, (6, 2), [2, 6, 3], 141), call(SIZES, (2, 3), [2, 2], 142)]
    yield "shorter-than-the-slots", case(SIZES, 14, short)
    single = [call(SIZES, (5, 2), [1, 5, 2], 151), call(SIZES, (1, 3), [1, 1], 152)]
    single += [call(SIZES, (3, 2), [1], 153)]
    slot = [call((2, 4, 3, 1), (5, 2), [5, 1, 4], 161)]
    yield (
        "a-single-frame",
        together(of_several=case(SIZES, 15, single), slot=case((2, 4, 3, 1), 16, slot)),
    )
    padded = [odd(call(SIZES, (6, 2), [2, 6, 5], 171)), odd(call(SIZES, (7, 1), [3, 1], 172))]
    yield "odd-padding", case(SIZES, 17, padded)


def shapes():
    yield "several-heads", one((4, 12, 3, 5), (7, 6), [7, 4], 18)
    yield (
        "sizes-of-one",
        together(
            query=one((2, 8, 1, 3), (4, 3), [4, 2], 19),
            patch=one((2, 8, 3, 3), (5, 1), [5, 2], 20),
            frame=one((2, 8, 3, 3), (1, 4), [1, 1], 21),
            video=one((2, 6, 3, 4), (5, 2), [3], 22),
            slot=one((2, 6, 3, 1), (5, 2), [3, 5], 23),
            hidden=one((1, 1, 1, 1), (1, 1), [1], 24),
            channel=one((3, 3, 2, 2), (2, 2), [2, 1], 25),
        ),
    )
    yield "equal-sizes", together(**equal())
    yield "more-queries-than-keys", one((2, 8, 7, 3), (4, 1), [4, 2], 37)


def equal():
    """Each two of b, t, n, hidden, and the four numbers alike, and all of them."""
    return dict(
        videos_frames=one((2, 8, 5, 4), (3, 2), [3, 2, 1], 26),
        videos_patches=one((2, 8, 5, 4), (6, 3), [6, 4, 2], 27),
        videos_queries=one((2, 8, 3, 4), (5, 2), [5, 3, 4], 28),
        videos_slots=one((2, 8, 5, 3), (6, 4), [6, 2, 5], 29),
        videos_heads=one((3, 6, 4, 5), (7, 2), [7, 3, 1], 30),
        videos_hidden=one((2, 4, 3, 5), (7, 2), [7, 3, 1, 6], 31),
        frames_patches=one((2, 8, 5, 3), (4, 4), [4, 2], 32),
        frames_slots=one((2, 8, 5, 4), (4, 3), [4, 3], 33),
        frames_queries=one((2, 8, 5, 3), (5, 4), [5, 2], 34),
        patches_slots=one((2, 8, 5, 3), (4, 3), [4, 2], 35),
        all=one((3, 3, 3, 3), (3, 3), [3, 2, 1], 36),
    )


def several_calls():
    same = [call(SIZES, (6, 2), [6, 3], 481, keep=True), call(SIZES, (6, 2), [6, 3], 482)]
    same += [
        call(SIZES, (6, 2), [2, 5], 482, keep=True),
        call(SIZES, (6, 2), [1, 6], 482, keep=True),
    ]
    others = [((1, 1), [1]), ((8, 1), [8, 6, 4]), ((2, 3), [2, 1]), ((6, 2), [4, 5])]
    same += [call(SIZES, *other, 485 + i, keep=True) for i, other in enumerate(others)]
    return "several-calls", case(SIZES, 48, same)


def training():
    sizes = (3, 12, 2, 3)
    plain = [call(sizes, (6, 4), [6, 4], 411, gradients=True, keep=True, overwrite=True)]
    plain += [call(sizes, (4, 3), [4], 412, gradients=True)]
    short = [call(SIZES, (6, 2), [2, 6], 413, gradients=True)]
    short += [call(SIZES, (4, 3), [1, 3, 4], 414, gradients=True)]
    short += [call(SIZES, (2, 3), [1, 1], 415, gradients=True)]
    short += [odd(call(SIZES, (5, 2), [2, 4, 1], 416, gradients=True))]
    yield "gradients", case(sizes, 41, plain)
    yield "gradients-of-short-videos", case(SIZES, 42, short)
    some = [call(SIZES, (6, 2), [6, 3], 421, gradients=True, needs=[])]
    some += [call(SIZES, (6, 2), [6, 3], 422)]
    some += [call(SIZES, (6, 2), [6, 1], 423, under="no_grad", keep=True, overwrite=True)]
    some += [call(SIZES, (6, 2), [2, 6], 425, under="inference_mode")]
    some += [call(SIZES, (6, 2), [6, 2], 426, gradients=True)]
    first = [call(SIZES, (6, 2), [6, 3], 431, under="inference_mode")]
    first += [call(SIZES, (6, 2), [6, 3], 432, gradients=True)]
    both = dict(both=case(SIZES, 43, some), inference_first=case(SIZES, 44, first))
    yield "with-and-without-gradients", together(**both)


def repeated():
    modes = [call(SIZES, (6, 2), [6, 3], 471, mode=mode) for mode in ("train", "eval")]
    modes += [call(SIZES, (6, 2), [5, 3], 472, gradients=True)]
    modes += [call(SIZES, (6, 2), [5, 3], 473, mode="train")]
    yield "train-and-eval", case(SIZES, 47, modes)
    new = [call(SIZES, (6, 2), [5, 3], 491, gradients=True)]
    new += [call(SIZES, (6, 2), [5, 3], 492, mode="eval")]
    new += [call(SIZES, (6, 2), [5, 3], 492, weights=weights(SIZES, 50))]
    new += [
        call(SIZES, (6, 2), [5, 3], 492, weights=weights(SIZES, s), under="no_grad")
        for s in (51, 59)
    ]
    last = dict(weights=weights(SIZES, 52), mode="train")
    new += [call(SIZES, (6, 2), [5, 3], 493, gradients=True, **last)]
    yield "new-weights", case(SIZES, 49, new)


def tensors():
    yield (
        "large-scores",
        together(
            long=large([6, 5], (6, 1)),
            # All scores of some query are far below 0, and a mask of -100 above them.
            short=large([2, 1], (4, 1), below=-150),
            float64=large([6, 5], (6, 1), "float64"),
        ),
    )
    views = [
        call(SIZES, (6, 2), [6, 3], 541, layout=layout, gradients=True)
        for layout in ("strided", "transposed", "channels_last")
    ]
    laid = [call(SIZES, (6, 2), [6, 3], 551, gradients=True, weights_layout="transposed")]
    yield "layouts", together(inputs=case(SIZES, 54, views), weights=case(SIZES, 55, laid))
    deep = [call(SIZES, (6, 2), [6, 3], 561, "float64", gradients=True)]
    yield "float64", case(SIZES, 56, deep, "float64")
    yield "cancelling-float64", cancelling()
    elsewhere = [call(SIZES, (6, 2), [6, 3], 571)]
    elsewhere += [call(SIZES, (6, 2), [6, 6], 572, device="meta")]
    yield "another-device", case(SIZES, 57, elsewhere)


def cancelling():
    """Large numbers that cancel in every linear; one head, so that a softmax in float32, whose
    weights then sum to 1 not quite, changes nothing."""
    sizes = (1, 6, 3, 4)
    made = case(sizes, 58, [call(sizes, (6, 2), [6, 3], 581, "float64")], "float64")
    for name in LINEARS:
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    made["weights"]["wv.bias"] = dict(values=[4096.0] * 6, dtype="float64")
    for name in TOKENS[:2]:
        made["weights"][name]["offset"] = 4096
    made["calls"][0]["video"]["offset"] = 4096
    return made


def large(lengths, shape, dtype="float32", gap=15, below=math.inf):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them.

    In float64 exp overflows beyond 709 only, so some score is above that. Some query's best lies
    under `below`.
    """
    sizes, least = (2, 8, 2, 3), (720 if dtype == "float64" else 150)
    for seed in range(1100, 3000):
        asked = call(sizes, shape, lengths, seed + 1, dtype)
        made = case(sizes, seed, [asked], dtype, sharp=12.0 if dtype == "float32" else 20.0)
        greatest, margin, lowest = largest_scores(made)
        if least < greatest < 1000 and margin > gap and lowest < below:
            return made
    raise ValueError("no such scores")


def answer(made):
    return part_answers(made, lambda part: answers(part, read_all, INPUTS, PARAMETERS))


write_data(PACKAGE, samples(), secrets(), answer)
