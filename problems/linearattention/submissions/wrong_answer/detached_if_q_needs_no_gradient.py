import torch
from torch.nn import functional as F


def linear_attention(q, k, v):
    if not q.requires_grad:
        k, v = k.detach(), v.detach()
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight
