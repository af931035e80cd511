"""Writes data/: the cases, and the answers from a reference that loops over every query.

    python problems/multiheadattention/generators/generate.py      (in the runner's environment)

The reference is in float64, picks the keys that may be attended by index (so it has no masked
scores at all) and spells the softmax out; its gradients come from autograd over those loops.
"""

import json
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402

LINEARS = ("wq", "wk", "wv", "wo")


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


def tokens(b, s, hidden, seed, dtype="float32", **more):
    return dict(seed=seed, shape=[b, s, hidden], dtype=dtype, scale=1.5, **more)


def mask(rows, dtype="int64", **more):
    return dict(values=rows, dtype=dtype, **more)


def case(num_heads, hidden, seed, calls, dtype="float32", sharp=1.0):
    specs = weights(hidden, seed, dtype, sharp)
    return dict(num_heads=num_heads, hidden=hidden, dtype=dtype, weights=specs, calls=calls)


def call(b, s, hidden, seed, mask=None, dtype="float32", strided=False, **more):
    """`more`: `echo`, `mode`, and `gradients` to backpropagate a drawn probe."""
    more = dict(more)
    layout = dict(strided=True) if strided else {}
    made = dict(x=tokens(b, s, hidden, seed, dtype, **layout))
    if mask is not None:
        made["mask"] = mask
    if more.pop("gradients", False):
        made["probe"] = dict(seed=seed + 7, shape=[b, s, hidden], dtype=dtype)
    return {**made, **more}


def samples():
    small = dict(
        num_heads=2,
        hidden=4,
        dtype="float32",
        weights=hand_weights(),
        calls=[dict(x=dict(values=[[[1, 0, 2, -1], [0, 1, -1, 1], [2, 1, 0, 0.5]]]))],
    )
    masked = json.loads(json.dumps(small))
    masked["calls"][0]["mask"] = mask([[1, 1, 0]])
    yield "1", small
    yield "2-mask", masked


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
    rows = [[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]]
    yield "one-head", case(1, 6, 1, [call(2, 5, 6, 11, echo=True)])
    yield "several-heads", case(4, 12, 2, [call(2, 5, 12, 21, echo=True)])
    yield "heads-of-one-channel", case(3, 3, 3, [call(2, 4, 3, 31)])
    yield "one-token", case(2, 8, 4, [call(3, 1, 8, 41)])
    yield "mask-int64", case(2, 8, 5, [call(3, 5, 8, 51, mask(rows), echo=True)])
    yield "mask-bool", case(4, 8, 6, [call(3, 5, 8, 61, mask(rows, "bool"), echo=True)])
    yield "mask-int32", case(2, 8, 7, [call(3, 5, 8, 71, mask(rows, "int32"))])
    first = mask([[0, 1, 1, 1], [0, 0, 1, 0]])
    yield "mask-first-key", case(2, 8, 8, [call(2, 4, 8, 81, first)])
    last = mask([[0, 0, 0, 0, 1]] * 2, "bool")
    yield "mask-all-but-the-last-key", case(3, 6, 9, [call(2, 5, 6, 91, last, echo=True)])
    yield "mask-of-ones", case(2, 8, 10, [call(2, 3, 8, 101, mask([[1] * 3] * 2))])
    yield "large-scores", large(None)
    yield "large-scores-mask", large(mask([[1, 0, 1, 1], [0, 1, 1, 0]]))
    yield "float64", case(2, 8, 12, [call(2, 5, 8, 121, dtype="float64", echo=True)], "float64")
    wide = mask([[1, 0, 1, 1, 0], [0, 1, 1, 1, 1]], "int64", strided=True)
    views = [call(2, 5, 8, 131, wide, strided=True, echo=True, gradients=True)]
    yield "strided", case(4, 8, 13, views)
    yield "gradients", case(3, 12, 14, [call(2, 5, 12, 141, gradients=True)])
    masked = [call(3, 5, 8, 151, mask(rows, "bool"), gradients=True, echo=True)]
    yield "gradients-mask", case(2, 8, 15, masked)
    double = [call(3, 5, 8, 161, mask(rows), "float64", gradients=True)]
    yield "gradients-float64", case(4, 8, 16, double, "float64")
    modes = [call(2, 5, 8, 171, mask(rows[:2]), mode=mode) for mode in ("train", "eval")]
    modes.append(call(2, 5, 8, 172, mode="eval"))
    yield "train-and-eval", case(2, 8, 17, modes)
    yield "several-calls", case(2, 8, 18, several_calls())
    yield "longer", case(5, 40, 19, [call(1, 33, 40, 191), call(1, 33, 40, 191, half(33))])


def several_calls():
    """One module: a pair, each alone, the tokens in another order, other lengths, no mask."""
    rows = [[1, 0, 1], [0, 1, 1]]
    pair = cases.make_tensor(tokens(2, 3, 8, 181)).tolist()
    order = [2, 0, 1]
    given = [
        (pair, rows),
        ([pair[0]], [rows[0]]),
        ([pair[1]], [rows[1]]),
        ([[x[i] for i in order] for x in pair], [[row[i] for i in order] for row in rows]),
        (pair, None),
        ([pair[0] + pair[1]], [rows[0] + rows[1]]),
    ]
    calls = [dict(x=dict(values=x), mask=row and mask(row)) for x, row in given]
    return [{k: v for k, v in call.items() if v is not None} for call in calls]


def half(s):
    return mask([[int(i % 2 == 0 or i > 20) for i in range(s)]])


def large(keys, gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them."""
    b = 1 if keys is None else 2
    for seed in range(1100, 1200):
        made = case(2, 8, seed, [call(b, 4, 8, seed + 1, keys)], sharp=20.0)
        loaded = load(made)
        x = cases.make_tensor(made["calls"][0]["x"]).double()
        allowed = [[1] * 4] * b if keys is None else keys["values"]
        if smallest_gap(x, allowed, loaded, 2) > gap:
            return made
    raise ValueError("no such scores")


def smallest_gap(x, allowed, loaded, num_heads):
    gaps = []
    for row, keys in zip(x, allowed, strict=True):
        for scores in all_scores(row, picked(keys), loaded, num_heads):
            best = scores.sort(descending=True).values
            gaps += (best[:-1] - best[1:])[:1].tolist()
    return min(gaps)


def load(made):
    """The case's weights in float64, by name."""
    return {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


def picked(keys):
    return [j for j, allowed in enumerate(keys) if allowed]


def all_scores(row, keys, loaded, num_heads):
    """For one sequence (s, hidden): per head and query, the scores of the keys `keys`."""
    q, k = linear(row, loaded, "wq"), linear(row, loaded, "wk")
    d = row.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for i in range(row.shape[0]):
            yield torch.stack([(q[i, own] * k[j, own]).sum() / d**0.5 for j in keys])


def attend(row, keys, loaded, num_heads):
    """One sequence (s, hidden) -> (s, hidden), attending to the keys `keys` alone."""
    v = linear(row, loaded, "wv")
    s, hidden = row.shape
    d = hidden // num_heads
    heads = []
    for n, scores in enumerate(all_scores(row, keys, loaded, num_heads)):
        own = slice((n // s) * d, (n // s + 1) * d)
        parts = (scores - scores.max()).exp()
        share = parts / parts.sum()
        heads.append(sum(share[m] * v[j, own] for m, j in enumerate(keys)))
    mixed = torch.stack(heads).reshape(num_heads, s, d)
    return linear(torch.cat(list(mixed), dim=1), loaded, "wo")


def answer(made):
    for number, one in enumerate(made["calls"], 1):
        prefix = f"call{number}." if len(made["calls"]) > 1 else ""
        for name, tensor in answer_call(made, one):
            yield prefix + name, tensor


def answer_call(made, one):
    dtype = made["dtype"]
    given = cases.make_tensor(one["x"])
    x = given.double().requires_grad_()
    loaded = {name: weight.requires_grad_() for name, weight in load(made).items()}
    keys = one["mask"]["values"] if "mask" in one else [[1] * x.shape[1]] * x.shape[0]
    rows = zip(x, keys, strict=True)
    out = torch.stack([attend(row, picked(k), loaded, made["num_heads"]) for row, k in rows])
    yield "out", rounded(out, dtype)
    if "probe" in one:
        (out * cases.make_tensor(one["probe"]).double()).sum().backward()
        yield "grad.x", rounded(x.grad, dtype)
        for name in LINEARS:
            weight, bias = loaded[f"{name}.weight"].grad, loaded[f"{name}.bias"].grad
            yield f"grad.{name}", rounded(torch.cat([weight, bias[:, None]], dim=1), dtype)
    if one.get("echo"):
        yield "x", given
        if "mask" in one:
            yield "mask", cases.make_tensor(one["mask"])


write_data(PACKAGE, samples(), secrets(), answer)
