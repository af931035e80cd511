import torch
from einops import einsum


def flash_attention(q, k, v, causal=False):
    """A channel of ones beside v makes the sum of weights come along."""
    values = torch.cat([v, torch.ones_like(v[..., :1])], -1)
    q = q * q.shape[-1] ** -0.5
    best = torch.full_like(q[..., :1], -torch.inf)
    state = torch.zeros_like(q[..., :1]).expand(*q.shape[:3], values.shape[-1])
    position = torch.arange(q.shape[2], device=q.device)
    at = 0
    for keys, some in zip(k.split(48, 2), values.split(48, 2)):
        scores = einsum(q, keys, "b h i d, b h j d -> b h i j")
        if causal:
            seen = position[:, None] >= at + torch.arange(keys.shape[2], device=q.device)
            scores = torch.where(seen, scores, -torch.inf)
        at += keys.shape[2]
        before, best = best, torch.maximum(best, scores.amax(-1, keepdim=True))
        state = state * (before - best).exp() + (scores - best).exp() @ some
    return state[..., :-1] / state[..., -1:], (best + state[..., -1:].log()).flatten(2)
