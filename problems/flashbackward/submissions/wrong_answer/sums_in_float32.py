import torch

TILE = 64


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    n, m = q.shape[2], k.shape[2]
    scale = q.shape[3] ** -0.5
    delta = (grad_o * o).sum(-1, keepdim=True)
    dq, dk, dv = (
        torch.zeros(one.shape, dtype=torch.float32, device=q.device) for one in (q, k, v)
    )
    for j in range(0, m, TILE):
        keys, values = k[:, :, j : j + TILE], v[:, :, j : j + TILE]
        for i in range(0, n, TILE):
            rows = slice(i, i + TILE)
            scores = scale * q[:, :, rows] @ keys.mT
            if causal:
                above = torch.ones(scores.shape[2:], dtype=torch.bool, device=q.device)
                scores = scores.masked_fill(above.triu(1 + i - j), float("-inf"))
            p = (scores - lse[:, :, rows, None]).exp()
            ds = scale * p * (grad_o[:, :, rows] @ values.mT - delta[:, :, rows])
            dv[:, :, j : j + TILE] += p.mT @ grad_o[:, :, rows]
            dk[:, :, j : j + TILE] += ds.mT @ q[:, :, rows]
            dq[:, :, rows] += ds @ keys
    return dq.to(q.dtype), dk.to(q.dtype), dv.to(q.dtype)
