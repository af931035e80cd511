import torch
from torch.nn import functional as F


def whole(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = torch.einsum("bhsd,bhse->bhsde", k, v).cumsum(dim=2)
    weight = (q * k.cumsum(dim=2)).sum(dim=-1, keepdim=True)
    return torch.einsum("bhsd,bhsde->bhse", q, state) / weight


def linear_attention(q, k, v):
    s, out = q.shape[2], []
    for start in range(0, s, 16):
        seen = slice(max(0, start - 16), start + 16)
        out.append(whole(q[:, :, seen], k[:, :, seen], v[:, :, seen])[:, :, min(start, 16) :])
    return torch.cat(out, dim=2)
