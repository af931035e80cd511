import torch

TILE = 32


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    n, scale = q.shape[2], q.shape[-1] ** -0.5
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    delta = (o * grad_o).sum(-1, keepdim=True)
    for start in range(0, k.shape[2], TILE):
        tile = slice(start, start + TILE)
        keys, values = k[:, :, tile], v[:, :, tile]
        scores = q @ keys.mT * scale
        weights = torch.exp(scores - lse[..., None])
        dv[:, :, tile] = weights.mT @ grad_o
        inner = weights * (grad_o @ values.mT - delta) * scale
        dk[:, :, tile] = inner.mT @ q
        dq += inner @ keys
    return dq, dk, dv
