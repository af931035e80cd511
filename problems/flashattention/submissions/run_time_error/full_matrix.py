import torch


def flash_attention(q, k, v, causal=False):
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if causal:
        ahead = torch.ones(scores.shape[2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(ahead, float("-inf"))
    return scores.softmax(-1) @ v, scores.logsumexp(-1)
