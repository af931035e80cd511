# told: one_not_added.py
import torch


def linear_attention(q, k, v):
    phi = torch.nn.ELU()
    q, k = phi(q), phi(k)
    above = (q.unsqueeze(-1) * (k.unsqueeze(-1) * v.unsqueeze(-2)).cumsum(-3)).sum(-2)
    return above / (q * k.cumsum(-2)).sum(-1).unsqueeze(-1)
