import torch

TILE = 32


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    n, scale = q.shape[2], q.shape[-1] ** -0.5
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    delta = (o * grad_o).sum(-1, keepdim=True)
    rows = torch.arange(n, device=q.device)[:, None]
    for start in range(0, k.shape[2], TILE):
        tile = slice(start, start + TILE)
        keys, values = k[:, :, tile], v[:, :, tile]
        scores = q @ keys.mT * scale
        if causal:
            ahead = torch.arange(start, start + keys.shape[2], device=q.device) > rows
            scores = scores.masked_fill(ahead, -torch.inf)
        weights = torch.exp(scores - lse[..., None])
        dv[:, :, tile] = weights.mT @ grad_o
        inner = weights * (grad_o @ values.mT - delta) * scale
        dk[:, :, tile] = inner.mT @ q
        dq += inner @ keys
    return dq.float(), dk.float(), dv.float()
