import torch
import torch.nn.functional as F


def moe_layer(x, router, w1, w2, k):
    """Rows are sorted by their expert, as kernels for many experts want them."""
    n, e = len(x), len(router)
    p = torch.softmax(torch.mm(x, router.T), 1)
    gate, expert = torch.topk(p, k, dim=1, sorted=False)
    gate = F.normalize(gate, p=1, dim=1)
    flat = expert.reshape(-1)
    order = flat.argsort(stable=True)
    rows = x.repeat_interleave(k, dim=0)[order]
    sizes = torch.bincount(flat, minlength=e).tolist()
    done = [
        F.silu(some @ w1[i].mT) @ w2[i].mT for i, some in enumerate(rows.split(sizes))
    ]
    back = torch.cat(done)[order.argsort()].reshape(n, k, -1)
    y = torch.einsum("nk,nkd->nd", gate, back)
    f = torch.tensor(sizes).to(p) / flat.numel()
    return y, e * (f @ p.mean(0))
