"""Writes data/: the cases, and the answers of `reference.py`.

python problems/causalattention/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import INPUTS, LINEARS, attend_all, largest_scores  # noqa: E402  (beside this file)

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

ROWS = [[1, 1, 0, 1, 0], [1, 0, 1, 1, 1], [1, 1, 1, 1, 1]]


def weights(hidden, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1."""
    scale = round(2.2 / hidden**0.5, 2)
    specs = {}
    for i, (name, wide, rows) in enumerate([("qkv", sharp, 3 * hidden), ("proj", 1.0, hidden)]):
        draw = seed * 100 + i
        shape = [rows, hidden]
        specs[f"{name}.weight"] = dict(seed=draw, shape=shape, dtype=dtype, scale=scale * wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[rows], dtype=dtype, scale=0.4)
    return specs


def case(num_heads, hidden, seed, calls, dtype="float32", sharp=1.0, max_len=16):
    specs = weights(hidden, seed, dtype, sharp)
    sizes = dict(num_heads=num_heads, hidden=hidden, max_len=max_len)
    return dict(**sizes, dtype=dtype, weights=specs, calls=calls)


def call(b, s, hidden, seed, mask=None, dtype="float32", layout="", gradients=False, **more):
    """`gradients` backpropagates a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=[b, s, hidden], dtype=dtype, scale=1.5, **placed))
    if mask is not None:
        made["mask"] = mask | placed
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=[b, s, hidden], dtype=dtype)
    return {**made, **more}


def keys(rows, dtype="int64"):
    return dict(values=rows, dtype=dtype)


def without(b, s):
    """A mask (b, s) in which row i leaves out key i + 1."""
    return keys([[int(j == 0 or j != i + 1) for j in range(s)] for i in range(b)])


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    small = dict(num_heads=2, hidden=4, max_len=8, dtype="float32", weights=hand_weights())
    x = dict(values=[[[1, 0, 2, -1], [0, 1, -1, 1], [2, 1, 0, 0.5]]])
    yield "1", dict(**small, calls=[dict(x=x, echo=False)])
    masks = [keys([[1, 1, 0]]), keys([[True, False, True]], "bool")]
    yield "2-mask", dict(**small, calls=[dict(x=x, mask=mask, echo=False) for mask in masks])


def hand_weights():
    q = [[0.5, 0, 0.5, 0], [0, 1, 0, -0.5], [0.5, 0.5, 0, 0], [0, 0, 1, 0.5]]
    k = [[1, 0, 0, 0.5], [0, 0.5, 0.5, 0], [0, 1, 0, 0], [0.5, 0, 0.5, 0.5]]
    v = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]]
    o = [[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, -1, 0], [1, 0, 0, -1]]
    return {
        "qkv.weight": dict(values=q + k + v),
        "qkv.bias": dict(values=[0.0] * 12),
        "proj.weight": dict(values=o),
        "proj.bias": dict(values=[0, 0, 0.5, 0]),
    }


def secrets():
    yield from shapes()
    yield from futures()
    yield from masks()
    yield from training()
    yield from repeated()
    yield from tensors()


def shapes():
    few = case(1, 6, 1, [call(2, 5, 6, 11)])
    yield "heads", together(one_head=few, four_heads=case(4, 12, 2, [call(2, 5, 12, 21)]))
    of_one = dict(
        one_channel=case(3, 3, 3, [call(2, 4, 3, 31)]),
        one_token=case(2, 8, 4, [call(3, 1, 8, 41), call(3, 1, 8, 42, keys([[1]] * 3))]),
        one_sequence=case(2, 6, 5, [call(1, 4, 6, 43, keys([[1, 0, 1, 1]]))]),
        hidden_of_one=case(1, 1, 6, [call(1, 1, 1, 44), call(2, 3, 1, 45)]),
        max_len_of_one=case(2, 4, 38, [call(2, 1, 4, 46)], max_len=1),
    )
    equal = dict(
        equal_heads=case(2, 6, 7, [call(2, 4, 6, 51, without(2, 4)), call(3, 2, 6, 52)]),
        equal_hidden=case(2, 4, 8, [call(4, 3, 4, 53), call(3, 4, 4, 54, without(3, 4))]),
        square=case(2, 8, 9, [call(3, 3, 8, 55, without(3, 3))], max_len=3),
        all_equal=case(3, 3, 10, [call(3, 3, 3, 56, without(3, 3))], max_len=3),
        three=case(3, 6, 39, [call(3, 3, 6, 57, without(3, 3))], max_len=6),
    )
    kept = keys([[int(i % 2 == 0 or i > 20) for i in range(33)]])
    calls = [call(1, 33, 40, 301), call(1, 33, 40, 302, kept), call(2, 20, 40, 303)]
    longer = case(5, 40, 30, calls, max_len=33)
    yield "sizes", together(**of_one, **equal, longer=longer)


def futures():
    """What lies ahead changes nothing: other last tokens, then every length; then scores of 0."""
    pair = cases.make_tensor(dict(seed=161, shape=[2, 6, 8], scale=1.5)).tolist()
    other = cases.make_tensor(dict(seed=162, shape=[2, 6, 8], scale=40.0)).tolist()
    given = [pair, [x[:3] + y[3:] for x, y in zip(pair, other, strict=True)]]
    given += [[x[:s] for x in pair] for s in (1, 4, 2, 6, 3, 5)]
    zeros = case(2, 4, 16, [call(2, 4, 4, 163)], max_len=4)
    zeros["weights"]["qkv.bias"] = dict(values=[0.0] * 12)
    tokens = cases.make_tensor(dict(seed=164, shape=[2, 4, 4], scale=1.5)).tolist()
    tokens[0][0] = tokens[0][2] = tokens[1][1] = [0.0] * 4
    zeros["calls"][0]["x"] = dict(values=tokens)
    yield (
        "future",
        together(
            changed=case(2, 8, 15, [dict(x=dict(values=x)) for x in given], max_len=6),
            zero_scores=zeros,
            weight_zero=future_of_weight_zero(),
        ),
    )


def future_of_weight_zero():
    """The last token's last channel is so large that any weight but 0 shows in the outputs before
    it. No score depends on that channel, and the last token's score for itself is so low that it
    has weight 0 there, too: else the tolerance, a share of the largest value, hid the others."""
    specs = weights(4, 14)
    rows = cases.make_tensor(specs["qkv.weight"]).tolist()
    for i, row in enumerate(rows):
        row[0], row[3] = (60.0 if i < 4 else -60.0 if i < 8 else 0.0), 0.0
    rows[11] = [0.0, 0.0, 0.0, 1.0]
    specs["qkv.weight"] = dict(values=rows)
    x = cases.make_tensor(dict(seed=141, shape=[1, 4, 4], scale=1.5)).tolist()[0]
    told = [[float(i == 3), *token[1:3], 1e37 if i == 3 else 0.5] for i, token in enumerate(x)]
    sizes = dict(num_heads=2, hidden=4, max_len=4, dtype="float32")
    return dict(**sizes, weights=specs, calls=[dict(x=dict(values=[told]))])


def masks():
    dtypes = ("int64", "bool", "uint8", "int8", "int16", "int32")
    typed = [call(3, 5, 8, 63, keys(ROWS, dtype), name=dtype) for dtype in dtypes]
    given = dict(
        only_the_first=[[1, 0, 0, 0]] * 2,
        end_masked=[[1, 1, 0, 0], [1, 1, 1, 0]],
        ones=[[1] * 4] * 2,
    )
    edges = [call(2, 4, 6, 64, keys(rows), name=name) for name, rows in given.items()]
    yield (
        "masks",
        together(
            dtypes=case(2, 8, 17, typed),
            edges=case(3, 6, 18, edges),
            weight_zero=masked_of_weight_zero(),
        ),
    )


def masked_of_weight_zero():
    """The same for a token that the mask leaves out."""
    specs = weights(4, 19)
    rows = cases.make_tensor(specs["qkv.weight"]).tolist()
    rows = [[*row[:3], 0.0] for row in rows]
    rows[11] = [0.0, 0.0, 0.0, 1.0]
    specs["qkv.weight"] = dict(values=rows)
    x = cases.make_tensor(dict(seed=191, shape=[1, 4, 4], scale=1.5)).tolist()[0]
    told = [[*token[:3], 1e37 if i == 2 else 0.5] for i, token in enumerate(x)]
    asked = dict(x=dict(values=[told]), mask=keys([[1, 1, 0, 1]], "bool"))
    sizes = dict(num_heads=2, hidden=4, max_len=4, dtype="float32")
    return dict(**sizes, weights=specs, calls=[asked])


def training():
    plain = [call(2, 5, 12, 201, gradients=True, keep=True, overwrite=True)]
    plain += [call(3, 4, 12, 202, gradients=True)]
    masked = [call(3, 5, 8, 203, keys(ROWS, "bool"), gradients=True)]
    masked += [call(3, 5, 8, 204, keys(ROWS[1:] + ROWS[:1]), gradients=True)]
    some = [call(2, 4, 8, 211, gradients=True, needs=[]), call(2, 4, 8, 212)]
    some += [call(2, 4, 8, 213, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 4, 8, 214, without(2, 4), under="inference_mode")]
    some += [call(2, 4, 8, 214, without(2, 4), under="no_grad")]
    some += [call(2, 4, 8, 215, without(2, 4), gradients=True)]
    first = [call(2, 4, 8, 216, without(2, 4), under="inference_mode")]
    first += [call(2, 4, 8, 217, without(2, 4), gradients=True)]
    yield (
        "gradients",
        together(
            plain=case(3, 12, 20, plain),
            mask=case(2, 8, 21, masked),
            both=case(2, 8, 22, some),
            inference_first=case(2, 8, 28, first),
        ),
    )


def repeated():
    new = [call(2, 3, 8, 231, gradients=True), call(2, 3, 8, 232, mode="eval")]
    new += [call(2, 3, 8, 232, weights=weights(8, 26))]
    new += [call(2, 3, 8, 232, weights=weights(8, 36 + i), under="no_grad") for i in range(2)]
    new += [call(2, 3, 8, 233, gradients=True, weights=weights(8, 27), mode="train")]
    calls = dict(calls=case(2, 8, 24, several_calls()), new_weights=case(2, 8, 25, new))
    yield "several-calls", together(**calls)
    modes = [call(2, 5, 8, 221, keys(ROWS[:2]), mode=mode) for mode in ("train", "eval")]
    modes += [call(2, 5, 8, 222, gradients=True), call(2, 5, 8, 223, mode="train")]
    yield "train-and-eval", case(2, 8, 23, modes)


def several_calls():
    """One module: a pair, each alone, the tokens in another order, other keys, no mask, others."""
    rows = [[1, 0, 1], [1, 1, 0]]
    pair = cases.make_tensor(dict(seed=241, shape=[2, 3, 8], scale=1.5)).tolist()
    order = [2, 0, 1]
    given = [
        (pair, rows),
        ([pair[0]], [rows[0]]),
        ([pair[1]], [rows[1]]),
        ([[x[i] for i in order] for x in pair], rows[::-1]),
        (pair, None),
        ([pair[0] + pair[1]], [rows[0] + rows[1]]),
        (pair[::-1], rows),
    ]
    made = [dict(x=dict(values=x), mask=row and keys(row), keep=True) for x, row in given]
    return [{k: v for k, v in one.items() if v is not None} for one in made]


def tensors():
    yield (
        "large-scores",
        together(
            plain=large(None),
            mask=large(keys([[1, 0, 1, 1], [1, 1, 1, 0]])),
            float64=large(None, "float64"),
        ),
    )
    views = [
        call(2, 5, 8, 311, keys(ROWS[:2]), layout=layout, gradients=True)
        for layout in ("strided", "transposed")
    ]
    laid = [call(2, 5, 8, 312, gradients=True, weights_layout="transposed")]
    laid += [call(2, 5, 8, 313, layout="transposed")]
    yield "layouts", together(inputs=case(4, 8, 31, views), weights=case(4, 8, 32, laid))
    double = [call(3, 5, 8, 321, keys(ROWS), "float64", gradients=True)]
    yield "float64", together(plain=case(4, 8, 33, double, "float64"), cancelling=cancelling())
    elsewhere = [call(2, 5, 8, 331), call(2, 5, 8, 332, device="meta")]
    elsewhere += [call(2, 5, 8, 332, keys(ROWS[:2], "bool"), device="meta")]
    yield "another-device", case(2, 8, 34, elsewhere)


def cancelling():
    """Large numbers that cancel in qkv, and again in proj; one head, so that a softmax in
    float32, whose weights then sum to 1 not quite, changes nothing."""
    made = case(1, 6, 35, [call(2, 5, 6, 341, dtype="float64")], "float64")
    for name in LINEARS:
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    bias = cases.make_tensor(made["weights"]["qkv.bias"]).tolist()
    made["weights"]["qkv.bias"] = dict(values=bias[:12] + [4096.0] * 6, dtype="float64")
    made["calls"][0]["x"]["offset"] = 4096
    return made


def large(mask, dtype="float32", gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them. Some
    later key has a score so much larger that exp underflows for all that may be attended.

    In float64 exp overflows beyond 709 only, so some score is above that.
    """
    b, least, ahead = (1 if mask is None else 2), 300, 200
    if dtype == "float64":
        least, ahead = 720, 800
    for seed in range(1100, 2500):
        asked = call(b, 4, 8, seed + 1, mask, dtype)
        made = case(2, 8, seed, [asked], dtype, sharp=20.0)
        greatest, margin, later = largest_scores(made)
        if least < greatest < 1000 and margin > gap and later > ahead:
            return made
    raise ValueError("no such scores")


def answer(made):
    return part_answers(made, lambda part: answers(part, attend_all, INPUTS, LINEARS))


write_data(PACKAGE, samples(), secrets(), answer)
