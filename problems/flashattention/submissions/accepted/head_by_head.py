import math

import torch


def one_head(q, k, v, causal):
    """(n, d), (m, d), (m, e) -> (n, e), (n)"""
    outs, logs = [], []
    for start in range(0, len(q), 200):
        scores = q[start : start + 200] @ k.T
        scores = scores / math.sqrt(q.shape[1])
        if causal:
            scores = scores + torch.full_like(scores, -math.inf).triu(1 + start)
        top = scores.amax(1, keepdim=True)
        weights = (scores - top).exp()
        total = weights.sum(1, keepdim=True)
        outs.append(weights @ v / total)
        logs.append((top + total.log()).squeeze(1))
    return torch.cat(outs), torch.cat(logs)


def flash_attention(q, k, v, causal=False):
    pairs = [
        one_head(q[i, j], k[i, j], v[i, j], causal)
        for i in range(q.shape[0])
        for j in range(q.shape[1])
    ]
    out = torch.stack([one for one, _ in pairs]).unflatten(0, q.shape[:2])
    lse = torch.stack([one for _, one in pairs]).unflatten(0, q.shape[:2])
    return out, lse
