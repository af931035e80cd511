import torch


def one_head(q, k, v, o, lse, grad_o, causal):
    """(n, d), (m, d), (m, e), (n, e), (n), (n, e) -> (n, d), (m, d), (m, e)"""
    n, m, d = len(q), len(k), q.shape[1]
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    delta = torch.linalg.vecdot(o, grad_o)
    for start in range(0, n, 50):
        stop = min(start + 50, n)
        scores = q[start:stop] @ k.T / d**0.5
        scores -= lse[start:stop, None]
        if causal:
            scores += torch.full((stop - start, m), -torch.inf, dtype=q.dtype, device=q.device).triu(
                1 + start
            )
        weights = scores.exp()
        inner = grad_o[start:stop] @ v.T
        inner -= delta[start:stop, None]
        inner *= weights
        dv.addmm_(weights.T, grad_o[start:stop])
        dk.addmm_(inner.T, q[start:stop], alpha=d**-0.5)
        dq[start:stop] = inner @ k * d**-0.5
    return dq, dk, dv


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    found = [
        one_head(*(one[i, j] for one in (q, k, v, o, lse, grad_o)), causal)
        for i in range(q.shape[0])
        for j in range(q.shape[1])
    ]
    return tuple(torch.stack(one).unflatten(0, q.shape[:2]) for one in zip(*found, strict=True))
