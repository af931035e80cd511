import torch
from einops import einsum, rearrange


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    """A channel beside q and k subtracts lse, one beside grad_o and v subtracts delta."""
    scale = q.shape[-1] ** -0.5
    ones = torch.ones_like(k[..., :1])
    queries = torch.cat([q * scale, -rearrange(lse, "b h n -> b h n 1")], -1)
    above = torch.cat([grad_o, -(grad_o * o).sum(-1, keepdim=True)], -1)
    place = torch.arange(q.shape[2], device=q.device)
    dq, dk, dv, at = 0, [], [], 0
    for keys, values, one in zip(k.split(48, 2), v.split(48, 2), ones.split(48, 2), strict=True):
        there = at + torch.arange(keys.shape[2], device=q.device)
        at += keys.shape[2]
        scores = einsum(queries, torch.cat([keys, one], -1), "b h i d, b h j d -> b h i j")
        if causal:
            scores = scores.masked_fill(there > place[:, None], float("-inf"))
        weights = scores.exp()
        inner = einsum(above, torch.cat([values, one], -1), "b h i e, b h j e -> b h i j") * weights
        dq = dq + scale * einsum(inner, keys, "b h i j, b h j d -> b h i d")
        dk.append(scale * einsum(inner, q, "b h i j, b h i d -> b h j d"))
        dv.append(einsum(weights, grad_o, "b h i j, b h i e -> b h j e"))
    return dq, torch.cat(dk, 2), torch.cat(dv, 2)
