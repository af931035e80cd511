import torch
from torch.nn.functional import elu


def one_head(q, k, v):
    """(s, d), (s, d), (s, e) -> (s, e)"""
    outer = (k.unsqueeze(2) * v.unsqueeze(1)).cumsum(0)
    return torch.einsum("sd,sde->se", q, outer) / torch.einsum("sd,sd->s", q, k.cumsum(0))[:, None]


def linear_attention(q, k, v):
    q, k = 1 + elu(q), 1 + elu(k)
    batch = [
        torch.stack([one_head(q[i, j], k[i, j], v[i, j]) for j in range(q.shape[1])])
        for i in range(q.shape[0])
    ]
    return torch.stack(batch)
