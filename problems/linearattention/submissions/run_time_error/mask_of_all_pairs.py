import torch
from torch.nn import functional as F


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    s = q.shape[2]
    earlier = torch.ones(s, s, dtype=q.dtype, device=q.device).tril()
    weights = q @ k.mT * earlier
    return weights / weights.sum(dim=-1, keepdim=True) @ v
