"""Writes data/: the cases, and the answers of `reference.py`.

python problems/visualabstractor/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import INPUTS, LINEARS, PARAMETERS, attend_all, largest_scores  # noqa: E402

from runner import cases  # noqa: E402  (found through the lines above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

SIZES, SHAPE = (2, 8, 3), (2, 3, 2)
ROWS = [[1, 1, 0, 1, 0, 1], [0, 1, 1, 1, 1, 0]]


def weights(sizes, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1."""
    _, hidden, q = sizes
    scale = round(2.2 / hidden**0.5, 2)
    queries = dict(seed=seed * 100 + 90, shape=[1, q, hidden], dtype=dtype, scale=1.5)
    specs = dict(query_tokens=queries)
    for i, name in enumerate(LINEARS):
        wide = scale * (sharp if name in ("wq", "wk") else 1.0)
        draw = seed * 100 + i
        specs[f"{name}.weight"] = dict(seed=draw, shape=[hidden] * 2, dtype=dtype, scale=wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[hidden], dtype=dtype, scale=0.4)
    return specs


def case(sizes, seed, calls, dtype="float32", sharp=1.0):
    """`sizes` is (num_heads, hidden, num_query_tokens)."""
    names = ("num_heads", "hidden", "num_query_tokens")
    specs = weights(sizes, seed, dtype, sharp)
    return dict(zip(names, sizes, strict=True), dtype=dtype, weights=specs, calls=calls)


def call(sizes, shape, seed, mask=None, dtype="float32", layout="", gradients=False, **more):
    """`shape` is (b, t, n); `gradients` backpropagates a drawn probe; `more` goes into the call."""
    _, hidden, q = sizes
    placed = dict(layout=layout) if layout else {}
    made = dict(video=dict(seed=seed, shape=[*shape, hidden], dtype=dtype, scale=1.5, **placed))
    if mask is not None:
        # A mask has two dimensions: channels last is no layout of it.
        made["mask"] = mask | (placed if layout != "channels_last" else {})
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=[shape[0], q, hidden], dtype=dtype)
    return {**made, **more}


def keep(rows, dtype="int64"):
    return dict(values=rows, dtype=dtype)


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    q = [[1, 0], [0, 1]]
    k = [[1, 0.5], [0, 1]]
    v = [[1, 0], [0, 2]]
    o = [[1, 1], [1, -1]]
    specs = dict(query_tokens=dict(values=[[[1, 0], [0, 2], [-1, 1]]]))
    for name, rows in zip(LINEARS, (q, k, v, o), strict=True):
        specs[f"{name}.weight"] = dict(values=rows)
        specs[f"{name}.bias"] = dict(values=[0, 0.5] if name == "wo" else [0, 0])
    video = dict(values=[[[[1, 0], [0, 1]], [[2, -1], [1, 1]]]])
    sizes = dict(num_heads=1, hidden=2, num_query_tokens=3, dtype="float32")
    yield "1", dict(**sizes, weights=specs, calls=[dict(video=video, echo=False)])
    masks = [keep([[1, 0, 1, 1]]), keep([[False, True, True, False]], "bool")]
    calls = [dict(video=video, mask=mask, echo=False) for mask in masks]
    yield "2-mask", dict(**sizes, weights=specs, calls=calls)


def secrets():
    yield from shapes()
    yield from masks()
    yield several_calls()
    yield from training()
    yield from repeated()
    yield from tensors()


def one(sizes, shape, seed, mask=None):
    return case(sizes, seed, [call(sizes, shape, seed * 10, mask)])


def shapes():
    yield "one-head", one((1, 6, 3), (2, 4, 5), 11)
    yield "several-heads", one((4, 12, 3), (2, 5, 7), 12)
    yield (
        "sizes-of-one",
        together(
            query=one((2, 8, 1), (2, 3, 3), 13),
            frame=one((2, 8, 3), (3, 1, 5), 14),
            patch=one((2, 8, 3), (2, 5, 1), 15),
            video=one((2, 6, 3), (1, 2, 2), 16, keep([[1, 0, 1, 1]])),
            hidden=one((1, 1, 1), (1, 1, 1), 17, keep([[1]])),
            channel=one((3, 3, 2), (2, 2, 2), 18),
        ),
    )
    yield (
        "equal-sizes",
        together(
            heads=one((2, 6, 3), (2, 4, 5), 19, keep(quarter(2, 20))),
            frames=one((4, 8, 4), (3, 4, 2), 20, keep(quarter(3, 8))),
            videos=one((2, 4, 3), (3, 3, 2), 21, keep(quarter(3, 6))),
            patches=one((2, 4, 3), (3, 2, 3), 22, keep(quarter(3, 6))),
            queries=one((2, 4, 4), (4, 2, 2), 23, keep(quarter(4, 4))),
            square=one((2, 4, 4), (2, 4, 4), 24),
            all=one((3, 3, 3), (3, 3, 3), 25, keep(quarter(3, 9))),
        ),
    )
    yield "more-queries-than-keys", one((2, 8, 7), (2, 1, 3), 26)


def quarter(b, keys):
    """A mask (b, keys) in which row i leaves out the keys i and i + 1."""
    return [[int(j not in (i, i + 1)) for j in range(keys)] for i in range(b)]


def masks():
    dtypes = ("int64", "bool", "uint8", "int8", "int16", "int32")
    typed = [call(SIZES, SHAPE, 331, keep(ROWS, dtype), name=dtype) for dtype in dtypes]
    yield "mask-dtypes", case(SIZES, 33, typed)
    given = dict(
        whole_frames=[[0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]],
        only_the_last=[[0, 0, 0, 0, 0, 1]] * 2,
        one_patch_of_each_frame=[[1, 0] * 3, [0, 1] * 3],
        first_video_whole=[[1] * 6, [0, 1, 1, 1, 0, 1]],
    )
    edges = [call(SIZES, SHAPE, 341, keep(rows), name=name) for name, rows in given.items()]
    yield "mask-edges", case(SIZES, 34, edges)
    yield "mask-weight-zero", exactly_zero()


def exactly_zero():
    """The masked patch's last channel is so large that any weight but 0 shows in the output;
    no score and no other channel depends on it."""
    sizes = (2, 4, 3)
    specs = weights(sizes, 35)
    for name in LINEARS[1:3]:
        rows = [[*row[:3], 0.0] for row in cases.make_tensor(specs[f"{name}.weight"]).tolist()]
        if name == "wv":
            rows[3] = [0.0, 0.0, 0.0, 1.0]
        specs[f"{name}.weight"] = dict(values=rows)
    x = cases.make_tensor(dict(seed=351, shape=[4, 4], scale=1.5)).tolist()
    patches = [[*patch[:3], 1e37 if i == 2 else 0.5] for i, patch in enumerate(x)]
    video = dict(values=[[patches[:2], patches[2:]]])
    asked = dict(video=video, mask=keep([[1, 1, 0, 1]], "bool"))
    return case(sizes, 35, [asked]) | dict(weights=specs)


def several_calls():
    same = [call(SIZES, SHAPE, 481, keep(ROWS), keep=True), call(SIZES, SHAPE, 482, keep(ROWS))]
    same += [call(SIZES, SHAPE, 482, keep(ROWS[::-1]), keep=True)]
    others = [(1, 1, 1), (3, 2, 1), (2, 2, 3), (2, 3, 2)]
    same += [call(SIZES, other, 485 + i, keep=True) for i, other in enumerate(others)]
    return "several-calls", case(SIZES, 48, same)


def training():
    sizes = (3, 12, 2)
    plain = [call(sizes, (2, 3, 4), 411, gradients=True, keep=True, overwrite=True)]
    plain += [call(sizes, (1, 4, 3), 412, gradients=True)]
    masked = [call(SIZES, SHAPE, 413, keep(ROWS), gradients=True)]
    masked += [call(SIZES, SHAPE, 414, keep(ROWS[::-1], "bool"), gradients=True)]
    yield "gradients", case(sizes, 41, plain)
    yield "gradients-mask", case(SIZES, 42, masked)
    some = [call(SIZES, SHAPE, 421, gradients=True, needs=[]), call(SIZES, SHAPE, 422)]
    some += [call(SIZES, SHAPE, 423, under="no_grad", keep=True, overwrite=True)]
    some += [call(SIZES, SHAPE, 424, keep(ROWS), under="no_grad")]
    some += [call(SIZES, SHAPE, 425, keep(ROWS), under="inference_mode")]
    some += [call(SIZES, SHAPE, 426, keep(ROWS), gradients=True)]
    first = [call(SIZES, SHAPE, 431, keep(ROWS), under="inference_mode")]
    first += [call(SIZES, SHAPE, 432, keep(ROWS), gradients=True)]
    both = dict(both=case(SIZES, 43, some), inference_first=case(SIZES, 44, first))
    yield "with-and-without-gradients", together(**both)


def repeated():
    modes = [call(SIZES, SHAPE, 471, keep(ROWS), mode=mode) for mode in ("train", "eval")]
    modes += [call(SIZES, SHAPE, 472, gradients=True), call(SIZES, SHAPE, 473, mode="train")]
    yield "train-and-eval", case(SIZES, 47, modes)
    new = [call(SIZES, SHAPE, 491, gradients=True), call(SIZES, SHAPE, 492, mode="eval")]
    new += [call(SIZES, SHAPE, 492, weights=weights(SIZES, 50))]
    new += [call(SIZES, SHAPE, 492, weights=weights(SIZES, s), under="no_grad") for s in (51, 59)]
    new += [call(SIZES, SHAPE, 493, gradients=True, weights=weights(SIZES, 52), mode="train")]
    yield "new-weights", case(SIZES, 49, new)


def tensors():
    yield (
        "large-scores",
        together(
            plain=large([None]),
            mask=large([[1, 0, 1, 1], [0, 1, 1, 0]]),
            # Both scores of some queries are far below 0, and a mask of -100 above them.
            two_keys=large([[1, 1, 0, 0], [0, 0, 1, 1]]),
            float64=large([None], "float64"),
        ),
    )
    wide, shape = (5, 40, 6), (2, 4, 12)
    half = keep([[int(i % 3 > 0 or i > 30) for i in range(48)]] * 2)
    yield "longer", case(wide, 53, [call(wide, shape, 531), call(wide, shape, 532, half)])
    views = [
        call(SIZES, SHAPE, 541, keep(ROWS, "bool"), layout=layout, gradients=True)
        for layout in ("strided", "transposed", "channels_last")
    ]
    laid = [call(SIZES, SHAPE, 551, gradients=True, weights_layout="transposed")]
    yield "layouts", together(inputs=case(SIZES, 54, views), weights=case(SIZES, 55, laid))
    deep = [call(SIZES, SHAPE, 561, keep(ROWS), "float64", gradients=True)]
    yield "float64", case(SIZES, 56, deep, "float64")
    yield "cancelling-float64", cancelling()
    elsewhere = [call(SIZES, SHAPE, 571), call(SIZES, SHAPE, 572, device="meta")]
    elsewhere += [call(SIZES, SHAPE, 572, keep(ROWS, "bool"), device="meta")]
    yield "another-device", case(SIZES, 57, elsewhere)


def cancelling():
    """Large numbers that cancel in every linear; one head, so that a softmax in float32, whose
    weights then sum to 1 not quite, changes nothing."""
    sizes = (1, 6, 3)
    made = case(sizes, 58, [call(sizes, SHAPE, 581, dtype="float64")], "float64")
    for name in LINEARS:
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    made["weights"]["wv.bias"] = dict(values=[4096.0] * 6, dtype="float64")
    made["weights"]["query_tokens"]["offset"] = 4096
    made["calls"][0]["video"]["offset"] = 4096
    return made


def large(rows, dtype="float32", gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them.

    In float64 exp overflows beyond 709 only, so some score is above that.
    """
    mask, least = (None if rows == [None] else keep(rows)), (720 if dtype == "float64" else 300)
    for seed in range(1100, 1500):
        asked = call(SIZES, (len(rows), 2, 2), seed + 1, mask, dtype)
        made = case(SIZES, seed, [asked], dtype, sharp=20.0)
        greatest, margin = largest_scores(made)
        if least < greatest < 1000 and margin > gap:
            return made
    raise ValueError("no such scores")


def answer(made):
    return part_answers(made, lambda part: answers(part, attend_all, INPUTS, PARAMETERS))


write_data(PACKAGE, samples(), secrets(), answer)
