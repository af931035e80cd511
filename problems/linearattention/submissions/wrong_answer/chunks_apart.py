import torch
from torch.nn import functional as F


def whole(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight


def linear_attention(q, k, v):
    pieces = zip(q.split(16, 2), k.split(16, 2), v.split(16, 2))
    return torch.cat([whole(*piece) for piece in pieces], dim=2)
