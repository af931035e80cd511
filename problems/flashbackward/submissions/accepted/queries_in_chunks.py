import math

import torch


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    """All keys at once, for a few queries at a time: dk and dv are the sums now."""
    d = q.size(-1)
    places = torch.arange(k.size(2), device=q.device)
    dk, dv, parts = torch.zeros_like(k), torch.zeros_like(v), []
    for start in range(0, q.size(2), 100):
        some = slice(start, start + 100)
        s = torch.einsum("bhid,bhjd->bhij", q[:, :, some], k) / math.sqrt(d)
        if causal:
            later = places[None, :] > places[some][:, None]
            s = s.masked_fill(later, float("-inf"))
        p = torch.exp(s - lse[:, :, some].unsqueeze(-1))
        dp = torch.einsum("bhie,bhje->bhij", grad_o[:, :, some], v)
        delta = torch.einsum("bhie,bhie->bhi", o[:, :, some], grad_o[:, :, some])
        ds = p * (dp - delta.unsqueeze(-1)) / math.sqrt(d)
        dv += torch.einsum("bhij,bhie->bhje", p, grad_o[:, :, some])
        dk += torch.einsum("bhij,bhid->bhjd", ds, q[:, :, some])
        parts.append(torch.einsum("bhij,bhjd->bhid", ds, k))
    return torch.cat(parts, 2), dk, dv
