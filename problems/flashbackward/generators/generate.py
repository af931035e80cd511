"""Writes data/: the cases, and the answers by the formulas.

    python problems/flashbackward/generators/generate.py      (in the runner's environment)

In float64, from the scores of a few queries and all keys at a time: Dao et al., FlashAttention,
2022 (arXiv:2205.14135), appendix B.2. Where all keys are there, autograd over the definition of
attention must find the same.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, rounded, write_data  # noqa: E402

TENSORS = ["q", "k", "v", "o", "lse", "grad_o"]
INPUTS = [*TENSORS, "returned", "causal"]
DQ, DK, DV, ALL = 0, 1, 2, "all"
CHUNK = 500


def drawn(b, h, n, m, d, e, seed, dtype="float32", spread=2.0):
    """Specs of q, k, v and grad_o; `spread` is that of q and k."""
    shapes = dict(q=(n, d), k=(m, d), v=(m, e), grad_o=(n, e))
    made = {
        name: dict(seed=seed + i, shape=[b, h, *shape], dtype=dtype)
        for i, (name, shape) in enumerate(shapes.items())
    }
    made["q"]["scale"] = made["k"]["scale"] = spread
    return made


def completed(made, returned=DQ, layout="", keys=slice(None), **more):
    """A call with what the forward pass gave for q, k and v, written out. Of these keys and values
    only `keys` are handed on, written out too; `more` goes into the call."""
    dtype = made["q"]["dtype"]
    q, k, v = (cases.make_tensor(made[name]).double() for name in "qkv")
    for name, found in zip(("o", "lse"), forward(q, k, v, more.get("causal")), strict=True):
        made[name] = written(found, dtype)
    if keys != slice(None):
        made |= dict(k=written(k[:, :, keys], dtype), v=written(v[:, :, keys], dtype))
    for name in TENSORS if layout else ():
        # lse has three dimensions: channels last is no layout of it.
        if (name, layout) != ("lse", "channels_last"):
            made[name]["layout"] = layout
    return {**{name: made[name] for name in TENSORS}, "returned": returned, **more}


def written(tensor, dtype):
    """A spec with the numbers themselves, to 9 digits, on which every machine agrees."""
    return dict(values=shortened(rounded(tensor, dtype).tolist()), dtype=dtype)


def shortened(values):
    if isinstance(values, list):
        return [shortened(one) for one in values]
    return float(f"{values:.9g}")


def call(*sizes, returned=DQ, dtype="float32", spread=2.0, **more):
    """`sizes` are b, h, n, m, d, e and the seed."""
    return completed(drawn(*sizes, dtype, spread), returned, **more)


def each(*sizes, **more):
    return [call(*sizes, returned=returned, **more) for returned in (DQ, DK, DV)]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name, echo=False) for name, one in calls.items()))


def samples():
    given = dict(
        q=[[1, -1], [0, 2], [-2, 0.5]],
        k=[[0, 1], [1, -1], [2, 0]],
        v=[[1, 0], [0, 1], [-1, 2]],
        grad_o=[[1, 0], [0, 1], [-1, 1]],
    )
    for name, causal in (("1", {}), ("2-causal", dict(causal=True))):
        calls = []
        for returned in (DQ, DK, DV):
            made = {key: dict(values=[[rows]], dtype="float32") for key, rows in given.items()}
            calls.append(completed(made, returned, echo=False, **causal))
        yield name, case(*calls)


def secrets():
    yield "values", case(*each(2, 3, 6, 7, 4, 5, 100), *each(1, 2, 9, 4, 3, 2, 110))
    asked = each(2, 3, 6, 6, 4, 5, 120, causal=True) + each(1, 2, 9, 9, 3, 2, 130, causal=True)
    yield "causal", case(*asked, call(2, 3, 6, 6, 4, 5, 120, causal=False))
    sizes = ((1, 2, 5, 70, 4, 3, 140), (1, 1, 3, 300, 3, 2, 150), (1, 1, 300, 5, 4, 3, 160))
    sizes += ((1, 1, 64, 64, 2, 3, 170), (1, 1, 129, 65, 4, 2, 180))
    yield "tiles", case(*(one for some in sizes for one in each(*some, echo=False)))
    longer = each(1, 2, 70, 70, 4, 3, 190, causal=True, echo=False)
    longer += each(1, 1, 130, 130, 3, 2, 200, causal=True, echo=False)
    yield "causal-tiles", case(*longer)
    shards = each(1, 2, 6, 9, 4, 3, 210, keys=slice(0, 4), echo=False)
    shards += each(1, 2, 6, 9, 4, 3, 210, keys=slice(4, 9), echo=False)
    shards += each(2, 1, 4, 80, 3, 2, 220, keys=slice(5, 45), echo=False)
    yield "some-of-the-keys", case(*shards)
    yield "large-scores", case(*(one for dtype in ("float32", "float64") for one in large(dtype)))
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()
    yield from long()


def large(dtype):
    """All of a query's scores far above 0, or far below, where exp overflows, or is 0; then, under
    the causal mask, rows whose later scores are so far above lse that exp overflows behind it."""
    far = 800.0 if dtype == "float64" else 110.0
    q = [[(far if i % 2 else -far) / 2**0.5, 1.0 + i % 3] for i in range(10)]
    k = [[2.0, 0.5 * (j % 4) - 0.2 * j] for j in range(12)]
    steep = [[far / 10 * 2**0.5, 1.0 - 0.2 * i] for i in range(20)]
    rising = [[j // 2 - 4.5, 0.5 * (j % 2)] for j in range(20)]  # two of a kind
    for queries, keys, causal in ((q, k, {}), (steep, rising, dict(causal=True))):
        for returned in (DQ, DK, DV):
            made = drawn(1, 1, len(queries), len(keys), 2, 3, 230, dtype)
            made["q"] = dict(values=[[queries]], dtype=dtype)
            made["k"] = dict(values=[[keys]], dtype=dtype)
            yield completed(made, returned, **causal)


def of_one_and_equal():
    return dict(
        one_sequence_and_head=call(1, 1, 5, 6, 3, 4, 240),
        one_query=call(3, 2, 1, 6, 4, 5, 250, returned=DK),
        one_query_dq=call(3, 2, 1, 6, 4, 5, 250),
        one_key=call(3, 2, 5, 1, 4, 6, 255, returned=DV),
        one_key_of_several=call(3, 2, 5, 4, 3, 6, 256, returned=DK, keys=slice(1, 2)),
        one_channel=call(2, 3, 4, 6, 1, 5, 260),
        one_value=call(2, 3, 5, 6, 4, 1, 270, returned=DV),
        one_value_dq=call(2, 3, 5, 6, 4, 1, 275),
        all_one=call(1, 1, 1, 1, 1, 1, 280, returned=DV),
        all_one_causal=call(1, 1, 1, 1, 1, 1, 281, returned=DV, causal=True),
        sequences_as_heads=call(3, 3, 4, 6, 2, 5, 290, returned=DK),
        sequences_as_queries=call(4, 2, 4, 6, 3, 5, 300, returned=DV),
        sequences_as_keys=call(4, 2, 5, 4, 3, 6, 305, returned=DK),
        sequences_as_channels=call(3, 2, 4, 5, 3, 3, 310),
        heads_as_tokens=call(2, 4, 4, 4, 3, 5, 320, returned=DK),
        heads_as_tokens_dv=call(2, 4, 4, 4, 3, 5, 325, returned=DV, causal=True),
        heads_as_channels=call(2, 3, 5, 6, 3, 3, 330),
        queries_as_channels=call(2, 1, 4, 5, 4, 4, 350, returned=DK),
        keys_as_channels=call(2, 1, 3, 4, 4, 4, 355, returned=DV),
        queries_as_keys=call(2, 3, 5, 5, 4, 6, 357, returned=DV),
        channels_as_values=call(2, 3, 5, 6, 4, 4, 360),
        all_equal=call(3, 3, 3, 3, 3, 3, 370),
        all_equal_causal=call(3, 3, 3, 3, 3, 3, 375, returned=DK, causal=True),
    )


def repeated():
    some = each(2, 2, 5, 6, 3, 4, 400, under="no_grad", keep=True, overwrite=True)
    some += each(2, 2, 5, 6, 3, 4, 410, under="inference_mode")
    some += each(2, 2, 5, 1, 3, 4, 415, keep=True, overwrite=True)
    yield "contexts", case(*some, *each(2, 2, 5, 5, 3, 4, 420, causal=True))
    several = [call(2, 2, 5, 5, 3, 4, 450 + 10 * i, returned=i, keep=True) for i in range(3)]
    several += [
        call(2, 2, 5, 5, 3, 4, 480 + 5 * i, returned=i, keep=True, causal=True) for i in range(3)
    ]
    several += [call(1, 3, 7, 5, 4, 3, 495, returned=DK), call(2, 2, 5, 5, 3, 4, 500, keep=True)]
    yield "several-calls", case(*several)


def tensors():
    layouts = enumerate(("strided", "transposed", "channels_last"))
    views = [each(2, 3, 5, 6, 4, 2, 510 + 10 * i, layout=one) for i, one in layouts]
    yield "layouts", case(*(one for three in views for one in three))
    deep = each(2, 2, 5, 6, 3, 4, 540, dtype="float64")
    yield "float64", case(*deep, *each(1, 1, 40, 40, 3, 2, 545, dtype="float64", causal=True))
    yield "cancelling-float64", case(*cancelling(), *in_pairs())
    elsewhere = [call(1, 2, 5, 6, 3, 4, 560), *each(1, 2, 5, 6, 3, 4, 570, device="meta")]
    elsewhere += each(2, 3, 4, 4, 2, 2, 580, device="meta", causal=True)
    yield "another-device", case(*elsewhere)


def cancelling():
    """Scores in which large numbers cancel; then gradients that are nearly the same for all values,
    so that what a value gives and delta cancel.

    Not the first one's dk: it is 4096 times a sum over the queries, whose rounding is the same
    share of each channel and can't be told from a wrong factor."""
    for returned in (DQ, DV):
        made = drawn(1, 2, 5, 6, 3, 4, 550, "float64")
        made["q"]["offset"], made["k"]["sum_zero"] = 4096.0, True
        yield completed(made, returned)
    for returned in (DQ, DK):
        made = drawn(1, 2, 5, 6, 3, 4, 555, "float64")
        made["v"]["offset"] = 4096.0
        yield completed(made, returned)


def in_pairs():
    """The first half of a sum is near 4096, and the second half takes it off again, all but numbers
    near 1: it is right only if it is kept in float64 from tile to tile. First dv; then dk and dq,
    whose scores are all 0.

    The large numbers have random digits. Equal ones, as 4096.0, would give errors in a pattern,
    and not the errors by which float32 is recognised."""
    half = 160
    made = drawn(1, 1, 2 * half, 4, 2, 3, 590, "float64", spread=1.0)
    yield completed(taken_off(repeated_in(made, "q"), "grad_o"), DV, echo=False)
    # Values in opposite pairs: o and delta are 0, so that only the sum of dk is large.
    made = taken_off(repeated_in(drawn(1, 1, 2 * half, 6, 3, 2, 594, "float64"), "grad_o"), "q")
    made["k"]["scale"] = 0.0
    above = cases.make_tensor(made["v"])[:, :, :3]
    made["v"] = dict(values=torch.cat([above, -above], 2).tolist(), dtype="float64")
    yield completed(made, DK, echo=False)
    made = taken_off(repeated_in(drawn(1, 1, 16, 2 * half, 3, 2, 598, "float64"), "v"), "k")
    made["q"]["scale"], made["grad_o"]["scale"] = 0.0, 64.0  # for the weights are 1 / 320
    yield completed(made, DQ, echo=False)


def repeated_in(made, name):
    """The specs with the first half of tensor `name` in place of its second half too."""
    half = cases.make_tensor(made[name]).chunk(2, 2)[0]
    return made | {name: written(torch.cat([half, half], 2), "float64")}


def taken_off(made, name):
    """The specs with a tensor `name` whose first half has large numbers, and whose second half has
    them with the other sign, but for the numbers that were drawn."""
    first, second = cases.make_tensor(made[name] | dict(scale=1.0)).chunk(2, 2)
    return made | {name: written(torch.cat([4096 * first, second - 4096 * first], 2), "float64")}


def long():
    """Too many for a matrix of all scores; then, under the causal mask, tiles of a thousand, as the
    statement names them: some lie before the diagonal, some on it."""
    calls = [call(1, 1, 6_000, 6_000, 3, 3, 600, returned=ALL, sampled=300, echo=False)]
    calls[0]["weighted"] = dict(seed=610, shape=[1, 1, 6_000, 9], dtype="float32")
    yield "long", case(*calls)
    calls = [
        call(1, 1, 2_100, 2_100, 3, 3, 620, returned=ALL, causal=True, sampled=300, echo=False)
    ]
    calls[0]["weighted"] = dict(seed=630, shape=[1, 1, 2_100, 9], dtype="float32")
    yield "long-causal", case(*calls)


def scores_of(some, k, start, causal):
    scores = torch.einsum("bhid,bhjd->bhij", some, k) / some.shape[3] ** 0.5
    if causal:
        ahead = torch.arange(k.shape[2]) > torch.arange(start, start + some.shape[2])[:, None]
        scores = scores.masked_fill(ahead, -torch.inf)
    return scores


def forward(q, k, v, causal=False):
    """(b, h, n, e), and (b, h, n)."""
    outs, sums = [], []
    for start in range(0, q.shape[2], CHUNK):
        scores = scores_of(q[:, :, start : start + CHUNK], k, start, causal)
        sums.append(scores.logsumexp(-1))
        outs.append((scores - sums[-1][..., None]).exp() @ v)
    return torch.cat(outs, 2), torch.cat(sums, 2)


def backward(made, loaded, given):
    """One of the three gradients, or all, side by side."""
    q, k, v, o, lse, grad_o = (given[name] for name in TENSORS)
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    for start in range(0, q.shape[2], CHUNK):
        rows = slice(start, start + CHUNK)
        some, above = q[:, :, rows], grad_o[:, :, rows]
        weights = (scores_of(some, k, start, given.get("causal")) - lse[:, :, rows, None]).exp()
        delta = (above * o[:, :, rows]).sum(-1, keepdim=True)
        inner = weights * (above @ v.mT - delta) / q.shape[3] ** 0.5
        dv += weights.mT @ above
        dk += inner.mT @ some
        dq[:, :, rows] = inner @ k
    check(given, (dq, dk, dv))
    if given["returned"] == ALL:
        return torch.cat((dq, dk, dv), -1)
    return (dq, dk, dv)[given["returned"]]


def check(given, found):
    """By autograd over the definition; not for many scores, nor where o and lse had more keys."""
    q, k, v = (given[name].clone().requires_grad_() for name in "qkv")
    if q.shape[2] * k.shape[2] > 100_000:
        return
    out, lse = forward(q, k, v, given.get("causal"))
    if torch.allclose(lse, given["lse"], rtol=1e-6, atol=1e-6):
        (out * given["grad_o"]).sum().backward()
        for one, leaf in zip(found, (q, k, v), strict=True):
            within = 1e-4 * float(leaf.grad.abs().max()) + 1e-6
            assert float((one - leaf.grad).abs().max()) < within, "autograd differs"


def summary(out, made):
    """What the driver answers of a long sequence."""
    if "sampled" not in made:
        return out
    count = made["sampled"]
    weighted = out * cases.make_tensor(made["weighted"]).double()
    means = weighted.unflatten(2, (-1, count)).mean(3) * count**0.5
    return torch.cat([out[:, :, ::count], means], 2)


def answer(made):
    return part_answers(made, lambda part: answers(part, backward, INPUTS, show=summary))


write_data(PACKAGE, samples(), secrets(), answer)
