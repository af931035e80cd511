import torch
import torch.nn.functional as F


def phi(x):
    return (F.elu(x) + 1).clamp(min=1e-3)


def linear_attention(q, k, v):
    q, k = phi(q), phi(k)
    state = (k.unsqueeze(-1) * v.unsqueeze(-2)).cumsum(dim=2)
    above = (q.unsqueeze(-1) * state).sum(-2)
    return above / (q * k.cumsum(dim=2)).sum(-1, keepdim=True)
