import torch
from torch.nn import functional as F


LAST = {}


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    size = (q.shape, v.shape, q.dtype, q.device)
    state = state + LAST.get(size, 0)
    LAST[size] = state[:, :, -1:].detach()
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight
