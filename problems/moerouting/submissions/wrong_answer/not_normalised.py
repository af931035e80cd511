import torch
import torch.nn.functional as F


def moe_layer(x, router, w1, w2, k):
    n, e = x.shape[0], router.shape[0]
    probs = F.softmax(x @ router.T, dim=-1)
    top, chosen = probs.topk(k, dim=-1)
    weights = top
    combine = torch.zeros_like(probs).scatter(1, chosen, weights)
    hidden = F.silu(torch.einsum("nd,efd->nef", x, w1))
    out = torch.einsum("nef,edf->ned", hidden, w2)
    y = torch.einsum("ne,ned->nd", combine, out)
    counts = torch.zeros_like(probs).scatter(1, chosen, 1.0).sum(dim=0)
    loss = e * (counts / (n * k) * probs.mean(dim=0)).sum()
    return y, loss
