"""The right answers: a reference that loops over every query head and every query.

It is in float64, picks the keys that may be attended by index (so it has no masked scores at
all) and spells the softmax out; gradients come from autograd over those loops. Grouped-query
attention is from Ainslie et al., GQA: Training generalized multi-query transformer models from
multi-head checkpoints, EMNLP 2023, section 2.2; with one head of keys and values it is Shazeer's
multi-query attention (Fast transformer decoding: one write-head is all you need, 2019).
"""

import torch

from runner import cases

INPUTS = ["x", "mask"]
LINEARS = ["wq", "wk", "wv", "wo"]


def attend_all(made, loaded, given):
    """(b, s, hidden) -> (b, s, hidden)."""
    x = given["x"]
    mask = given["mask"].tolist() if "mask" in given else [[1] * x.shape[1]] * len(x)
    pairs = zip(x, mask, strict=True)
    return torch.stack([attend(row, picked(keys), loaded, made) for row, keys in pairs])


def attend(row, keys, loaded, made):
    """One sequence (s, hidden) -> (s, hidden), attending to the keys `keys` alone."""
    v = row @ loaded["wv.weight"].T
    s, hidden = row.shape
    heads = []
    for n, scores in enumerate(all_scores(row, keys, loaded, made)):
        _, shared = channels(n // s, hidden, made)
        parts = (scores - scores.max()).exp()
        share = parts / parts.sum()
        heads.append(sum(share[m] * v[j, shared] for m, j in enumerate(keys)))
    mixed = torch.stack(heads).reshape(made["num_heads"], s, -1)
    return torch.cat(list(mixed), dim=1) @ loaded["wo.weight"].T


def all_scores(row, keys, loaded, made):
    """For one sequence (s, hidden): per query head and query, the scores of the keys `keys`."""
    q, k = row @ loaded["wq.weight"].T, row @ loaded["wk.weight"].T
    d = row.shape[1] // made["num_heads"]
    for h in range(made["num_heads"]):
        own, shared = channels(h, row.shape[1], made)
        for i in range(row.shape[0]):
            yield torch.stack([(q[i, own] * k[j, shared]).sum() / d**0.5 for j in keys])


def channels(h, hidden, made):
    """Those of query head h in q, and those of its group in k and v."""
    d, group = hidden // made["num_heads"], made["num_heads"] // made["num_kv_heads"]
    shared = h // group
    return slice(h * d, (h + 1) * d), slice(shared * d, (shared + 1) * d)


def picked(keys):
    return [j for j, allowed in enumerate(keys) if allowed]


def largest_scores(made):
    """The largest score of the case's first call, and by how much the best of each query leads."""
    one = made["calls"][0]
    x = cases.make_tensor(one["x"]).double()
    loaded = {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}
    mask = one["mask"]["values"] if "mask" in one else [[1] * x.shape[1]] * len(x)
    found = [
        scores.sort(descending=True).values
        for row, keys in zip(x, mask, strict=True)
        for scores in all_scores(row, picked(keys), loaded, made)
    ]
    leads = [float(best[0] - best[1]) for best in found if len(best) > 1]
    return max(float(best[0]) for best in found), min(leads)
