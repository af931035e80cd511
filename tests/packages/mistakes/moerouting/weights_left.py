# told: not_normalised.py
import torch
from torch.nn import functional as F


def moe_layer(x, router, w1, w2, k):
    p = torch.softmax(x @ router.mT, 1)
    kept = p >= p.sort(dim=1, descending=True).values[:, k - 1 : k]
    inner = F.silu(x @ w1.mT)
    y = ((p * kept).T.unsqueeze(2) * (inner @ w2.mT)).sum(0)
    return y, len(router) / k * (kept.to(p.dtype).mean(0) * p.mean(0)).sum()
