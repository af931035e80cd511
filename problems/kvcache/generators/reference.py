"""The right answers: a reference that loops over every query.

It is in float64, attends for the new token i to all that is cached and to the new ones up to i, by
index (so it has no masked scores at all), and spells the softmax out. That the keys and values of
earlier tokens need not be computed again follows from the causal attention of Vaswani et al.,
Attention is all you need, 2017, section 3.2.3; Pope et al., Efficiently scaling transformer
inference, MLSys 2023, describe decoding with them: a prefill, then steps.
"""

from typing import NamedTuple

import torch

LINEARS = ["wq", "wk", "wv", "wo"]


def step(made, loaded, x, cache):
    """(b, s, hidden) and the cache (or None) -> (b, s, hidden), and the new cache."""
    q, k, v = (split(linear(x, loaded, name), made["num_heads"]) for name in LINEARS[:3])
    past = 0
    if cache is not None:
        past = cache[0].shape[2]
        k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
    outs = []
    for i in range(x.shape[1]):
        seen = past + i + 1
        scores = all_scores(q[:, :, i], k[:, :, :seen])
        parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()
        share = parts / parts.sum(dim=-1, keepdim=True)
        outs.append((share[..., None] * v[:, :, :seen]).sum(dim=2).flatten(1))
    return linear(torch.stack(outs, dim=1), loaded, "wo"), (k, v)


def all_scores(q, k):
    """(b, heads, d) of one query and (b, heads, n, d) -> (b, heads, n)."""
    return (q[:, :, None] * k).sum(dim=-1) / q.shape[-1] ** 0.5


def split(tensor, num_heads):
    """(b, s, hidden) -> (b, heads, s, d)."""
    return torch.stack(tensor.split(tensor.shape[2] // num_heads, dim=2), dim=1)


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


class Scores(NamedTuple):
    """The largest score; by how much the best of each query leads; how far the largest score of a
    later key lies above it; and the lowest of the queries' best."""

    greatest: float
    lead: float
    later: float
    lowest: float


def largest_scores(made, loaded, x):
    """What a sequence (1, s, hidden) comes to."""
    q, k = (split(linear(x, loaded, name), made["num_heads"]) for name in LINEARS[:2])
    greatest, lead, later, lowest = -1e9, 1e9, -1e9, 1e9
    for i in range(x.shape[1]):
        every = all_scores(q[:, :, i], k).flatten(0, 1)
        best = every[:, : i + 1].sort(descending=True).values
        greatest = max(greatest, float(best[:, 0].max()))
        lowest = min(lowest, float(best[:, 0].min()))
        if i:
            lead = min(lead, float((best[:, 0] - best[:, 1]).min()))
        later = max(later, float((every.amax(dim=1) - best[:, 0]).max()))
    return Scores(greatest, lead, later, lowest)
