import torch
from torch.nn import functional as F


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    weights = torch.tril(q @ k.mT)
    return weights @ v / weights.sum(dim=-1, keepdim=True)
