"""The right answers: a reference that loops over every query.

It is in float64, picks the keys that may be attended by index (so it has no masked scores at
all) and spells the softmax out; gradients come from autograd over those loops.
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
    return torch.stack(
        [attend(row, picked(keys), loaded, made["num_heads"]) for row, keys in pairs]
    )


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


def all_scores(row, keys, loaded, num_heads):
    """For one sequence (s, hidden): per head and query, the scores of the keys `keys`."""
    q, k = linear(row, loaded, "wq"), linear(row, loaded, "wk")
    d = row.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for i in range(row.shape[0]):
            yield torch.stack([(q[i, own] * k[j, own]).sum() / d**0.5 for j in keys])


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


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
        for scores in all_scores(row, picked(keys), loaded, made["num_heads"])
    ]
    leads = [float(best[0] - best[1]) for best in found if len(best) > 1]
    return max(float(best[0]) for best in found), min(leads)
