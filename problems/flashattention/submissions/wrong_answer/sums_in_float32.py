import math

import torch

TILE = 32


def flash_attention(q, k, v, causal=False):
    b, h, n, d = q.shape
    best = q.new_full((b, h, n, 1), -math.inf)
    total = torch.zeros(b, h, n, 1, dtype=torch.float32, device=q.device)
    out = torch.zeros(b, h, n, v.shape[-1], dtype=torch.float32, device=q.device)
    for start in range(0, k.shape[2], TILE):
        keys, values = k[:, :, start : start + TILE], v[:, :, start : start + TILE]
        scores = q @ keys.mT / math.sqrt(d)
        if causal:
            at = torch.arange(start, start + keys.shape[2], device=q.device)
            rows = torch.arange(n, device=q.device)
            scores = scores.masked_fill(at > rows[:, None], -math.inf)
        higher = torch.maximum(best, scores.amax(-1, keepdim=True))
        shrink = torch.exp(best - higher)
        weights = torch.exp(scores - higher)
        total = (total * shrink + weights.sum(-1, keepdim=True)).float()
        out = (out * shrink + weights @ values).float()
        best = higher
    return (out / total).to(q.dtype), (best + total.log()).squeeze(-1)
