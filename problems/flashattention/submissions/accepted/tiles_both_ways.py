import math

import torch


def flash_attention(q, k, v, causal=False, rows=256, columns=128):
    """As FlashAttention-2: the queries outside, the keys inside, tiles above the diagonal left out."""
    b, h, n, d = q.shape
    out = torch.empty(b, h, n, v.size(-1), dtype=q.dtype, device=q.device)
    lse = torch.empty(b, h, n, dtype=q.dtype, device=q.device)
    for i in range(0, n, rows):
        qi = q[:, :, i : i + rows] * (1 / math.sqrt(d))
        end = min(i + rows, n)
        m = torch.full((b, h, end - i), float("-inf"), dtype=q.dtype, device=q.device)
        l = torch.zeros_like(m)
        acc = torch.zeros(b, h, end - i, v.size(-1), dtype=q.dtype, device=q.device)
        for j in range(0, end if causal else k.size(2), columns):
            s = torch.matmul(qi, k[:, :, j : j + columns].transpose(2, 3))
            if causal and j + columns > i:
                ahead = torch.ones(s.shape[2:], dtype=torch.bool, device=q.device).triu(i - j + 1)
                s = s.masked_fill(ahead, float("-inf"))
            m_new = torch.max(m, s.max(-1).values)
            p = torch.exp(s - m_new[..., None])
            alpha = torch.exp(m - m_new)
            l = alpha * l + p.sum(-1)
            acc = alpha[..., None] * acc + torch.matmul(p, v[:, :, j : j + columns])
            m = m_new
        out[:, :, i:end] = acc / l[..., None]
        lse[:, :, i:end] = m + torch.log(l)
    return out, lse
