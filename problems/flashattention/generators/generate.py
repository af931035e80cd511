"""Writes data/: the cases, and the answers by the definition.

    python problems/flashattention/generators/generate.py      (in the runner's environment)

In float64, from the scores of a few queries and all keys at a time. Online softmax: Milakov and
Gimelshein, 2018 (arXiv:1805.02867), algorithm 3; in tiles, with the logarithm of the sum: Dao et
al., FlashAttention, 2022 (arXiv:2205.14135), algorithm 1.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["q", "k", "v", "returned", "causal"]
OUT, LSE = 0, 1


def call(b, h, n, m, d, e, seed, returned=OUT, dtype="float32", layout="", spread=2.0, **more):
    """`spread` is that of q and k; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = {}
    for i, (name, shape) in enumerate(dict(q=(n, d), k=(m, d), v=(m, e)).items()):
        made[name] = dict(seed=seed + i, shape=[b, h, *shape], dtype=dtype, **placed)
        if name != "v":
            made[name]["scale"] = spread
    return {**made, "returned": returned, **more}


def both(*sizes, **more):
    return [call(*sizes, returned, **more) for returned in (OUT, LSE)]


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
    given = {n: dict(values=one) for n, one in zip("qkv", (q, k, v), strict=True)}
    yield "1", case(*(dict(**given, returned=returned, echo=False) for returned in (OUT, LSE)))
    causal = (dict(**given, returned=r, causal=True, echo=False) for r in (OUT, LSE))
    yield "2-causal", case(*causal)


def secrets():
    yield "values", case(*both(2, 3, 6, 7, 4, 5, 100), *both(1, 2, 9, 4, 3, 2, 110))
    asked = [*both(2, 3, 6, 6, 4, 5, 120, causal=True), *both(1, 2, 9, 9, 3, 2, 130, causal=True)]
    yield "causal", case(*asked, call(2, 3, 6, 6, 4, 5, 120, causal=False))
    tiles = [*both(1, 2, 5, 70, 4, 3, 140, spread=3.0), *both(2, 1, 3, 300, 3, 2, 150)]
    tiles += [*both(1, 1, 40, 33, 4, 3, 160, spread=4.0), *both(1, 2, 4, 64, 2, 3, 170)]
    yield "tiles", case(*tiles, *both(1, 1, 3, 129, 4, 2, 180, spread=3.0))
    longer = both(1, 2, 70, 70, 4, 3, 190, spread=3.0, causal=True)
    longer += both(1, 1, 130, 130, 3, 2, 200, causal=True)
    longer += both(1, 1, 64, 64, 3, 2, 210, causal=True)
    yield "causal-tiles", case(*longer)
    both_kinds = ("float32", "float64")
    steep = [large(dtype, r, c) for dtype in both_kinds for r, c in ways()]
    low = [large(dtype, r, c, first=60) for dtype in both_kinds for r, c in ways()]
    yield "large-scores", case(*steep, *low)
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()
    long = call(1, 1, 6_000, 6_000, 4, 3, 600, sampled=300, echo=False)
    long["weighted"] = dict(seed=610, shape=[1, 1, 6_000, 3], dtype="float32")
    yield "long", case(long)
    # Tiles of a thousand, as the statement names them: some lie before the diagonal, some on it.
    ahead = both(1, 1, 2_100, 2_100, 4, 3, 620, causal=True, sampled=300, echo=False)
    weighted = [dict(seed=630, shape=[1, 1, 2_100, *rest], dtype="float32") for rest in ([3], [])]
    for one, drawn in zip(ahead, weighted, strict=True):
        one["weighted"] = drawn
    yield "long-causal", case(*ahead)


def ways():
    return [(returned, causal) for returned in (OUT, LSE) for causal in (False, True)]


def large(dtype, returned, causal, first=0):
    """Scores that rise or fall evenly with the key, by more than 14 from one to the next: float32
    can tell the best. Where `first` is 60, all scores of every other query are below -840, where
    exp is 0 in float64 too."""
    count = 70
    rows = [1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5] * 10
    made = call(1, 1, count, count, 2, 3, 220, returned, dtype)
    made["q"] = dict(values=[[[[one, 0.0] for one in rows]]], dtype=dtype)
    made["k"] = dict(values=[[[[40.0 * (first + j), 1.0] for j in range(count)]]], dtype=dtype)
    return {**made, "causal": causal} if causal else made


def of_one_and_equal():
    return dict(
        one_sequence_and_head=call(1, 1, 5, 6, 3, 4, 240),
        one_query=call(3, 2, 1, 6, 4, 5, 250, LSE),
        one_key=call(3, 2, 5, 1, 4, 6, 255),
        one_key_lse=call(3, 2, 5, 1, 4, 6, 256, LSE),
        one_channel=call(2, 3, 4, 6, 1, 5, 260),
        one_value=call(2, 3, 5, 6, 4, 1, 270),
        all_one=call(1, 1, 1, 1, 1, 1, 280),
        all_one_causal=call(1, 1, 1, 1, 1, 1, 281, LSE, causal=True),
        sequences_as_heads=call(3, 3, 4, 6, 2, 5, 290),
        sequences_as_queries=call(4, 2, 4, 6, 3, 5, 300, LSE),
        sequences_as_keys=call(4, 2, 5, 4, 3, 6, 305),
        sequences_as_channels=call(3, 2, 4, 5, 3, 3, 310),
        heads_as_tokens=call(2, 4, 4, 4, 3, 5, 320),
        heads_as_tokens_lse=call(2, 4, 4, 4, 3, 5, 325, LSE, causal=True),
        heads_as_channels=call(2, 3, 5, 6, 3, 3, 330, LSE),
        queries_as_channels=call(2, 1, 4, 5, 4, 4, 350),
        keys_as_channels=call(2, 1, 3, 4, 4, 4, 355),
        queries_as_keys=call(2, 3, 5, 5, 4, 6, 357),
        channels_as_values=call(2, 3, 5, 6, 4, 4, 360),
        all_equal=call(3, 3, 3, 3, 3, 3, 370),
        all_equal_causal=call(3, 3, 3, 3, 3, 3, 375, LSE, causal=True),
    )


def repeated():
    some = both(2, 2, 5, 6, 3, 4, 400, under="no_grad", keep=True, overwrite=True)
    some += both(2, 2, 5, 6, 3, 4, 410, under="inference_mode")
    some += both(2, 2, 5, 1, 3, 4, 415, keep=True, overwrite=True)
    yield "contexts", case(*some, *both(2, 2, 5, 5, 3, 4, 420, causal=True))
    several = [call(2, 2, 5, 5, 3, 4, 450 + 10 * i, keep=True) for i in range(2)]
    several += [call(2, 2, 5, 5, 3, 4, 470, keep=True, causal=True)]
    several += [call(2, 2, 5, 5, 3, 4, 480, LSE, keep=True), call(1, 3, 7, 5, 4, 3, 485, LSE)]
    several += [call(2, 2, 5, 5, 3, 4, 490 + 5 * i, under="no_grad", keep=True) for i in range(2)]
    yield "several-calls", case(*several)


def tensors():
    layouts = enumerate(("strided", "transposed", "channels_last"))
    views = [both(2, 3, 5, 6, 4, 2, 510 + 10 * i, layout=one) for i, one in layouts]
    yield "layouts", case(*(one for pair in views for one in pair))
    deep = both(2, 2, 5, 6, 3, 4, 540, dtype="float64")
    yield "float64", case(*deep, *both(1, 1, 40, 40, 3, 2, 545, dtype="float64", causal=True))
    far = both(1, 2, 5, 6, 3, 4, 550, dtype="float64")
    for one in far:
        one["q"]["offset"] = 4096.0
        one["k"]["sum_zero"] = True
    yield "cancelling-float64", case(*far, opposite())
    elsewhere = [call(1, 2, 5, 6, 3, 4, 560), *both(1, 2, 5, 6, 3, 4, 570, device="meta")]
    elsewhere += both(2, 3, 4, 4, 2, 2, 580, device="meta", causal=True)
    yield "another-device", case(*elsewhere)


def opposite():
    """Each key is there twice, with values near 4096 in the first half and near -4096 in the
    second one: the sums of the first tiles cancel with those of the last."""
    made = call(1, 1, 4, 140, 2, 3, 590, dtype="float64", echo=False)
    k, v = (cases.make_tensor(made[name]) for name in "kv")
    half = k.shape[2] // 2
    far = torch.tensor([4096.0] * half + [-4096.0] * half, dtype=torch.float64)
    made["k"] = dict(values=torch.cat([k[:, :, :half]] * 2, 2).tolist(), dtype="float64")
    made["v"] = dict(values=(v + far[:, None]).tolist(), dtype="float64")
    return made


def attend(made, loaded, given):
    """(b, h, n, d), (b, h, m, d), (b, h, m, e) -> (b, h, n, e) or (b, h, n)."""
    q, k, v = (given[name] for name in "qkv")
    found = []
    for start in range(0, q.shape[2], 500):
        some = q[:, :, start : start + 500]
        scores = torch.einsum("bhid,bhjd->bhij", some, k) / q.shape[3] ** 0.5
        if given.get("causal"):
            ahead = torch.arange(k.shape[2]) > torch.arange(start, start + some.shape[2])[:, None]
            scores = scores.masked_fill(ahead, -torch.inf)
        lse = scores.logsumexp(-1)
        found.append(lse if given["returned"] == LSE else (scores - lse[..., None]).exp() @ v)
    return torch.cat(found, 2)


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
