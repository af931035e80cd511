"""The right answers: a reference that loops over every video, head and query.

It is in float64, collects a video's keys frame by frame and patch by patch (so it never meets a
padded frame, and has no masked scores), and spells the softmax out; gradients come from autograd
over those loops. Two kinds of queries and two projections: mPLUG-Owl's abstractor (Ye et al., 2023,
arXiv:2304.14178) as its code for video has it, without its normalisations and feed-forward layers.
"""

import torch

from runner import cases

INPUTS = ["video", "lengths"]
TOKENS = ["query_tokens", "temporal_query_tokens", "frame_embeds"]
LINEARS = ["wq", "wk", "wv", "wo", "temporal_wo"]
PARAMETERS = TOKENS + LINEARS


def read_all(made, loaded, given):
    """(b, t, n, hidden) and (b,) -> (b, q, hidden)."""
    pairs = zip(given["video"], given["lengths"].tolist(), strict=True)
    return torch.stack([read(video, length, loaded, made) for video, length in pairs])


def read(video, length, loaded, made):
    """One video (t, n, hidden) -> (q, hidden)."""
    frames = sampled(length, made["num_frames"])
    keys = keys_of(video, frames, loaded)
    out = linear(attend(keys, "query_tokens", loaded, made["num_heads"]), loaded, "wo")
    if len(frames) == 1:
        return out
    mixed = attend(keys, "temporal_query_tokens", loaded, made["num_heads"])
    return out + linear(mixed, loaded, "temporal_wo")


def sampled(length, count):
    """The frames of a video of `length` frames that `count` slots hold; at most one a slot."""
    if length < count:
        return list(range(length))
    return [(2 * slot + 1) * length // (2 * count) for slot in range(count)]


def keys_of(video, frames, loaded):
    """The patches of those frames, each with its slot's embedding: (number of keys, hidden)."""
    embeds = loaded["frame_embeds"]
    return torch.stack(
        [patch + embeds[slot] for slot, frame in enumerate(frames) for patch in video[frame]]
    )


def attend(keys, tokens, loaded, num_heads):
    """What the queries of that name read from `keys`, the heads side by side: (q, hidden)."""
    v = linear(keys, loaded, "wv")
    count, hidden = loaded[tokens].shape[1:]
    d = hidden // num_heads
    heads = []
    for i, scores in enumerate(all_scores(keys, tokens, loaded, num_heads)):
        own = slice((i // count) * d, (i // count + 1) * d)
        parts = (scores - scores.max()).exp()
        heads.append((parts / parts.sum()) @ v[:, own])
    return torch.cat(list(torch.stack(heads).reshape(num_heads, count, d)), dim=1)


def all_scores(keys, tokens, loaded, num_heads):
    """Per head and query, the scores of `keys` (number of keys, hidden)."""
    q = linear(loaded[tokens][0], loaded, "wq")
    k = linear(keys, loaded, "wk")
    d = keys.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for query in q:
            yield torch.stack([(query[own] * key[own]).sum() / d**0.5 for key in k])


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


def largest_scores(made):
    """The largest score of the case's first call, and by how much the best of each query leads;
    and how far the lowest of all best scores lies below 0."""
    one = made["calls"][0]
    videos = cases.make_tensor(one["video"]).double()
    loaded = {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}
    found = [
        scores.sort(descending=True).values
        for video, length in zip(videos, one["lengths"]["values"], strict=True)
        for tokens in TOKENS[:2]
        for scores in all_scores(
            keys_of(video, sampled(length, made["num_frames"]), loaded),
            tokens, loaded, made["num_heads"],
        )
    ]  # fmt: skip
    leads = [float(best[0] - best[1]) for best in found if len(best) > 1]
    tops = [float(best[0]) for best in found]
    return max(tops), min(leads), min(tops)
