import torch


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False, rows=64, columns=128):
    """As FlashAttention-2: the keys outside, the queries inside, tiles above the diagonal left out."""
    n, m = q.shape[2], k.shape[2]
    scale = q.shape[3] ** -0.5
    delta = torch.sum(grad_o * o, dim=-1)
    dq = torch.zeros(q.shape, dtype=q.dtype, device=q.device)
    dk = torch.empty(k.shape, dtype=q.dtype, device=q.device)
    dv = torch.empty(v.shape, dtype=q.dtype, device=q.device)
    for j in range(0, m, columns):
        kj, vj = k[:, :, j : j + columns], v[:, :, j : j + columns]
        dkj, dvj = torch.zeros_like(kj), torch.zeros_like(vj)
        for i in range(j // rows * rows if causal else 0, n, rows):
            qi, doi = q[:, :, i : i + rows], grad_o[:, :, i : i + rows]
            s = scale * torch.matmul(qi, kj.transpose(-1, -2))
            if causal and i < j + columns:
                above = torch.ones(s.shape[2:], dtype=torch.bool, device=q.device).triu(1 + i - j)
                s.masked_fill_(above, float("-inf"))
            p = (s - lse[:, :, i : i + rows, None]).exp()
            dvj += p.transpose(-1, -2).matmul(doi)
            dp = doi.matmul(vj.transpose(-1, -2))
            ds = p * (dp - delta[:, :, i : i + rows, None])
            dkj += scale * ds.transpose(-1, -2).matmul(qi)
            dq[:, :, i : i + rows] += scale * ds.matmul(kj)
        dk[:, :, j : j + columns] = dkj
        dv[:, :, j : j + columns] = dvj
    return dq, dk, dv
