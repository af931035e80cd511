"""Writes data/: the cases, and the answers of `reference.py`.

python problems/multiheadattention/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import INPUTS, LINEARS, attend_all, largest_scores  # noqa: E402  (beside this file)

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

ROWS = [[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]]


def weights(hidden, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1."""
    scale = round(2.2 / hidden**0.5, 2)
    specs = {}
    for i, name in enumerate(LINEARS):
        wide = scale * (sharp if name in ("wq", "wk") else 1.0)
        shape, draw = [hidden, hidden], seed * 100 + i
        specs[f"{name}.weight"] = dict(seed=draw, shape=shape, dtype=dtype, scale=wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[hidden], dtype=dtype, scale=0.4)
    return specs


def case(num_heads, hidden, seed, calls, dtype="float32", sharp=1.0):
    specs = weights(hidden, seed, dtype, sharp)
    return dict(num_heads=num_heads, hidden=hidden, dtype=dtype, weights=specs, calls=calls)


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


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    small = dict(num_heads=2, hidden=4, dtype="float32", weights=hand_weights())
    x = dict(values=[[[1, 0, 2, -1], [0, 1, -1, 1], [2, 1, 0, 0.5]]])
    yield "1", dict(**small, calls=[dict(x=x, echo=False)])
    masks = [keys([[1, 1, 0]]), keys([[True, False, True]], "bool")]
    yield "2-mask", dict(**small, calls=[dict(x=x, mask=mask, echo=False) for mask in masks])


def hand_weights():
    q = [[0.5, 0, 0.5, 0], [0, 1, 0, -0.5], [0.5, 0.5, 0, 0], [0, 0, 1, 0.5]]
    k = [[1, 0, 0, 0.5], [0, 0.5, 0.5, 0], [0, 1, 0, 0], [0.5, 0, 0.5, 0.5]]
    v = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]]
    o = [[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, -1, 0], [1, 0, 0, -1]]
    specs = {}
    for name, rows in zip(LINEARS, (q, k, v, o), strict=True):
        specs[f"{name}.weight"] = dict(values=rows)
        specs[f"{name}.bias"] = dict(values=[0.0] * 4 if name != "wo" else [0, 0, 0.5, 0])
    return specs


def secrets():
    yield from shapes()
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
    )
    equal = dict(
        equal_heads=case(2, 6, 7, [call(2, 4, 6, 51, keys(quarter(2, 4))), call(3, 2, 6, 52)]),
        equal_hidden=case(2, 4, 8, [call(4, 3, 4, 53), call(3, 4, 4, 54, keys(quarter(3, 4)))]),
        square=case(2, 8, 9, [call(3, 3, 8, 55, keys([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))]),
        all_equal=case(3, 3, 10, [call(3, 3, 3, 56, keys([[1, 0, 1], [1, 1, 0], [1, 1, 1]]))]),
    )
    kept = [[int(i % 2 == 0 or i > 20) for i in range(33)]]
    longer = case(5, 40, 30, [call(1, 33, 40, 301), call(1, 33, 40, 302, keys(kept))])
    yield "sizes", together(**of_one, **equal, longer=longer)


def quarter(b, s):
    """A mask (b, s) in which row i leaves out key i."""
    return [[int(i != j) for j in range(s)] for i in range(b)]


def masks():
    dtypes = ("int64", "bool", "uint8", "int8", "int16", "int32")
    typed = [call(3, 5, 8, 63, keys(ROWS, dtype), name=dtype) for dtype in dtypes]
    given = dict(
        first_masked=[[0, 1, 1, 1], [0, 0, 1, 0]],
        only_the_last=[[0, 0, 0, 1]] * 2,
        ones=[[1] * 4] * 2,
    )
    edges = [call(2, 4, 6, 64, keys(rows), name=name) for name, rows in given.items()]
    yield (
        "masks",
        together(
            dtypes=case(2, 8, 17, typed),
            edges=case(3, 6, 18, edges),
            weight_zero=exactly_zero(),
        ),
    )


def exactly_zero():
    """The masked token's last channel is so large that any weight but 0 shows in the output;
    no score and no other channel depends on it."""
    specs = weights(4, 19)
    for i, name in enumerate(LINEARS[:3]):
        rows = cases.make_tensor(specs[f"{name}.weight"]).tolist()
        rows = [[*row[:3], 0.0] for row in rows]
        if i == 2:
            rows[3] = [0.0, 0.0, 0.0, 1.0]
        specs[f"{name}.weight"] = dict(values=rows)
    x = cases.make_tensor(dict(seed=191, shape=[1, 4, 4], scale=1.5)).tolist()[0]
    huge = [[*token[:3], 1e37 if i == 2 else 0.5] for i, token in enumerate(x)]
    asked = dict(x=dict(values=[huge]), mask=keys([[1, 1, 0, 1]], "bool"))
    return dict(num_heads=2, hidden=4, dtype="float32", weights=specs, calls=[asked])


def training():
    plain = [call(2, 5, 12, 201, gradients=True, keep=True, overwrite=True)]
    plain += [call(3, 4, 12, 202, gradients=True)]
    masked = [call(3, 5, 8, 203, keys(ROWS, "bool"), gradients=True)]
    masked += [call(3, 5, 8, 204, keys(ROWS[1:] + ROWS[:1]), gradients=True)]
    some = [call(2, 4, 8, 211, gradients=True, needs=[]), call(2, 4, 8, 212)]
    some += [call(2, 4, 8, 213, under="no_grad", keep=True, overwrite=True)]
    some += [call(2, 4, 8, 214, keys(quarter(2, 4)), under="inference_mode")]
    some += [call(2, 4, 8, 214, keys(quarter(2, 4)), under="no_grad")]
    some += [call(2, 4, 8, 215, keys(quarter(2, 4)), gradients=True)]
    first = [call(2, 4, 8, 216, keys(quarter(2, 4)), under="inference_mode")]
    first += [call(2, 4, 8, 217, keys(quarter(2, 4)), gradients=True)]
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
    rows = [[1, 0, 1], [0, 1, 1]]
    pair = cases.make_tensor(dict(seed=241, shape=[2, 3, 8], scale=1.5)).tolist()
    order = [2, 0, 1]
    given = [
        (pair, rows),
        ([pair[0]], [rows[0]]),
        ([pair[1]], [rows[1]]),
        ([[x[i] for i in order] for x in pair], [[row[i] for i in order] for row in rows]),
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
            mask=large(keys([[1, 0, 1, 1], [0, 1, 1, 0]])),
            # Both scores of some queries are far below 0, and a mask of -100 above them.
            two_keys=large(keys([[1, 1, 0, 0], [0, 0, 1, 1]])),
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
    """Large numbers that cancel in wq, wk and wv, and again in wo; one head, so that a softmax
    in float32, whose weights then sum to 1 not quite, changes nothing."""
    made = case(1, 6, 35, [call(2, 5, 6, 341, dtype="float64")], "float64")
    for name in LINEARS:
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    made["weights"]["wv.bias"] = dict(values=[4096.0] * 6, dtype="float64")
    made["calls"][0]["x"]["offset"] = 4096
    return made


def large(mask, dtype="float32", gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them.

    In float64 exp overflows beyond 709 only, so some score is above that.
    """
    b, least = (1 if mask is None else 2), (720 if dtype == "float64" else 300)
    for seed in range(1100, 1400):
        asked = call(b, 4, 8, seed + 1, mask, dtype)
        made = case(2, 8, seed, [asked], dtype, sharp=20.0)
        greatest, margin = largest_scores(made)
        if least < greatest < 1000 and margin > gap:
            return made
    raise ValueError("no such scores")


def answer(made):
    return part_answers(made, lambda part: answers(part, attend_all, INPUTS, LINEARS))


write_data(PACKAGE, samples(), secrets(), answer)
