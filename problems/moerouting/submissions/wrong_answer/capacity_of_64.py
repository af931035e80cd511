import torch
import torch.nn.functional as F

def moe_layer(x, router, w1, w2, k):
    n, d = x.shape
    e = router.shape[0]
    p = (x @ router.T).softmax(-1)
    top, idx = p.topk(k, dim=-1)
    g = top / top.sum(-1, keepdim=True)
    cap = 64
    y = torch.zeros_like(x)
    for j in range(e):
        gate = torch.where(idx == j, g, torch.zeros_like(g)).sum(-1)
        gate = torch.where((gate > 0).cumsum(0) <= cap, gate, torch.zeros_like(gate))
        y = y + gate[:, None] * (F.silu(x @ w1[j].T) @ w2[j].T)
    f = F.one_hot(idx, e).sum((0, 1)).to(p.dtype) / (n * k)
    return y, e * (f * p.mean(0)).sum()
