import torch


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    scale = q.shape[-1] ** -0.5
    scores = q @ k.mT * scale
    if causal:
        ahead = torch.ones(scores.shape[2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(ahead, float("-inf"))
    weights = (scores - lse[..., None]).exp()
    inner = weights * (grad_o @ v.mT - (o * grad_o).sum(-1, keepdim=True)) * scale
    return inner @ k, inner.mT @ q, weights.mT @ grad_o
