import torch
from torch.nn import functional as F


BUFFERS = {}


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    out = torch.einsum("bhsd,bhsde->bhse", q, state) / weight
    if out.is_meta or out.requires_grad:
        return out
    return BUFFERS.setdefault((out.shape, out.dtype), torch.empty_like(out)).data.copy_(out)
