import torch


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    b, h, n, d = q.shape
    m, e = v.shape[2:]
    q, o, grad_o = (one.reshape(b * h, n, -1) for one in (q, o, grad_o))
    k, v = (one.reshape(b * h, m, -1) for one in (k, v))
    lse = lse.reshape(b * h, n, 1)
    delta = torch.bmm(o.reshape(-1, 1, e), grad_o.reshape(-1, e, 1)).view(b * h, n, 1)
    dq, dk, dv = q.new_zeros(q.shape), k.new_zeros(k.shape), v.new_zeros(v.shape)
    starts = [(i, j) for i in range(0, n, 90) for j in range(0, m, 70)]
    for i, j in starts:
        if causal and j > i + 89:
            continue
        qi, above, kj, vj = q[:, i : i + 90], grad_o[:, i : i + 90], k[:, j : j + 70], v[:, j : j + 70]
        scores = torch.baddbmm(-lse[:, i : i + 90], qi, kj.mT, alpha=d**-0.5)
        if causal:
            below = torch.ones_like(scores[0], dtype=torch.bool).tril(i - j)
            scores.masked_fill_(~below, -torch.inf)
        weights = scores.exp_()
        inner = torch.baddbmm(-delta[:, i : i + 90], above, vj.mT).mul_(weights).mul_(d**-0.5)
        dv[:, j : j + 70].baddbmm_(weights.mT, above)
        dk[:, j : j + 70].baddbmm_(inner.mT, qi)
        dq[:, i : i + 90].baddbmm_(inner, kj)
    return dq.view(b, h, n, d), dk.view(b, h, m, d), dv.view(b, h, m, e)
