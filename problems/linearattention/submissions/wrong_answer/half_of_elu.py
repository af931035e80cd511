import torch
from torch.nn import functional as F


def linear_attention(q, k, v):
    q, k = F.elu(q, 0.5) + 1, F.elu(k, 0.5) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight
