"""The right answers: a reference that loops over every query.

It is in float64. For query i it picks the keys j <= i that the mask allows by index, so that there
are no masked scores at all, and spells the softmax out; gradients come from autograd over those
loops. The attention is that of Vaswani et al., Attention is all you need, 2017, section 3.2 (its
decoder: "prevent positions from attending to subsequent positions"), with the fused projection of
GPT-2 (Radford et al., Language models are unsupervised multitask learners, 2019).
"""

import torch

from runner import cases

INPUTS = ["x", "mask"]
LINEARS = ["qkv", "proj"]


def attend_all(made, loaded, given):
    """(b, s, hidden) -> (b, s, hidden)."""
    x = given["x"]
    mask = given["mask"].tolist() if "mask" in given else [[1] * x.shape[1]] * len(x)
    pairs = zip(x, mask, strict=True)
    return torch.stack([attend(row, keys, loaded, made["num_heads"]) for row, keys in pairs])


def attend(row, allowed, loaded, num_heads):
    """One sequence (s, hidden) -> (s, hidden)."""
    s, hidden = row.shape
    v = projections(row, loaded)[2]
    d = hidden // num_heads
    heads = []
    for n, (keys, scores) in enumerate(all_scores(row, allowed, loaded, num_heads)):
        own = slice((n // s) * d, (n // s + 1) * d)
        parts = (scores - scores.max()).exp()
        share = parts / parts.sum()
        heads.append(sum(share[m] * v[j, own] for m, j in enumerate(keys)))
    mixed = torch.cat(list(torch.stack(heads).reshape(num_heads, s, d)), dim=1)
    return mixed @ loaded["proj.weight"].T + loaded["proj.bias"]


def all_scores(row, allowed, loaded, num_heads):
    """For one sequence (s, hidden): per head and query, its keys and their scores."""
    q, k, _ = projections(row, loaded)
    d = row.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for i in range(row.shape[0]):
            keys = [j for j in range(i + 1) if allowed[j]]
            yield keys, torch.stack([(q[i, own] * k[j, own]).sum() / d**0.5 for j in keys])


def projections(row, loaded):
    """q, k and v, each (s, hidden)."""
    hidden = row.shape[1]
    whole = row @ loaded["qkv.weight"].T + loaded["qkv.bias"]
    return [whole[:, i * hidden : (i + 1) * hidden] for i in range(3)]


def largest_scores(made):
    """The largest score of the case's first call, by how much the best of each query leads, and
    how far the largest score of a later key lies above it."""
    one = made["calls"][0]
    x = cases.make_tensor(one["x"]).double()
    loaded = {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}
    mask = one["mask"]["values"] if "mask" in one else [[1] * x.shape[1]] * len(x)
    greatest, lead, later = -1e9, 1e9, -1e9
    for row, allowed in zip(x, mask, strict=True):
        q, k, _ = projections(row, loaded)
        d = row.shape[1] // made["num_heads"]
        for n, (_, scores) in enumerate(all_scores(row, allowed, loaded, made["num_heads"])):
            own = slice((n // len(row)) * d, (n // len(row) + 1) * d)
            best = scores.sort(descending=True).values
            greatest = max(greatest, float(best[0]))
            if len(best) > 1:
                lead = min(lead, float(best[0] - best[1]))
            every = k[:, own] @ q[n % len(row), own] / d**0.5
            later = max(later, float(every.max() - best[0]))
    return greatest, lead, later
