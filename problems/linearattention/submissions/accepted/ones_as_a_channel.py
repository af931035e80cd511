import torch
from torch import nn


def linear_attention(q, k, v):
    """A channel of ones beside v makes the weights' sum come along."""
    feature = nn.ELU()
    q, k = feature(q) + 1, feature(k) + 1
    v = torch.cat([v, torch.ones_like(v[..., :1])], dim=-1)
    sums = torch.cumsum(k[..., :, None] * v[..., None, :], dim=-3)
    out = torch.matmul(q[..., None, :], sums).squeeze(-2)
    return out[..., :-1] / out[..., -1:]
