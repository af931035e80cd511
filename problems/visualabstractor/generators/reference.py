"""The right answers: a reference that loops over every query.

It is in float64, collects the keys that may be attended frame by frame and patch by patch (so it
never reshapes the video and has no masked scores), and spells the softmax out; gradients come
from autograd over those loops.
"""

import torch

from runner import cases

INPUTS = ["video", "mask"]
LINEARS = ["wq", "wk", "wv", "wo"]
PARAMETERS = ["query_tokens", *LINEARS]


def attend_all(made, loaded, given):
    """(b, t, n, hidden) -> (b, q, hidden)."""
    masks = given["mask"].tolist() if "mask" in given else [None] * len(given["video"])
    pairs = zip(given["video"], masks, strict=True)
    return torch.stack([attend(picked(v, m), loaded, made["num_heads"]) for v, m in pairs])


def attend(keys, loaded, num_heads):
    """One video's picked keys (number of keys, hidden) -> (q, hidden)."""
    v = linear(keys, loaded, "wv")
    count, hidden = loaded["query_tokens"].shape[1:]
    d = hidden // num_heads
    heads = []
    for i, scores in enumerate(all_scores(keys, loaded, num_heads)):
        own = slice((i // count) * d, (i // count + 1) * d)
        parts = (scores - scores.max()).exp()
        share = parts / parts.sum()
        heads.append(sum(share[j] * v[j, own] for j in range(len(keys))))
    mixed = torch.stack(heads).reshape(num_heads, count, d)
    return linear(torch.cat(list(mixed), dim=1), loaded, "wo")


def all_scores(keys, loaded, num_heads):
    """Per head and query, the scores of `keys` (number of keys, hidden)."""
    q = linear(loaded["query_tokens"][0], loaded, "wq")
    k = linear(keys, loaded, "wk")
    d = keys.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for query in q:
            yield torch.stack([(query[own] * key[own]).sum() / d**0.5 for key in k])


def picked(video, mask):
    """The patches of one video (t, n, hidden) that `mask` (t*n) keeps, in order."""
    patches = [patch for frame in video for patch in frame]
    return torch.stack([p for i, p in enumerate(patches) if mask is None or mask[i]])


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


def largest_scores(made):
    """The largest score of the case's first call, and by how much the best of each query leads."""
    one = made["calls"][0]
    videos = cases.make_tensor(one["video"]).double()
    loaded = {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}
    masks = one["mask"]["values"] if "mask" in one else [None] * len(videos)
    found = [
        scores.sort(descending=True).values
        for video, mask in zip(videos, masks, strict=True)
        for scores in all_scores(picked(video, mask), loaded, made["num_heads"])
    ]
    leads = [float(best[0] - best[1]) for best in found if len(best) > 1]
    return max(float(best[0]) for best in found), min(leads)
