import torch
from torch.nn import functional as F


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state, one = [], 0
    for outer in torch.einsum("bhsd,bhse->bhsde", k, v).unbind(2):
        one = 0.9 * one + outer
        state.append(one)
    state = torch.stack(state, dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight
