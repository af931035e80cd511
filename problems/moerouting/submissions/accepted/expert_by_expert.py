import torch
from torch.nn import functional as F


def moe_layer(x, router, w1, w2, k):
    """As Mixtral in Hugging Face: each expert gets its tokens, and adds to their rows."""
    logits = x @ router.t()
    routing = F.softmax(logits, dim=1)
    weights, selected = torch.topk(routing, k, dim=-1)
    weights = weights / weights.sum(dim=-1, keepdim=True)
    y = torch.zeros_like(x)
    counts = []
    for expert in range(router.shape[0]):
        token, slot = torch.where(selected == expert)
        counts.append(len(token))
        hidden = F.silu(x[token] @ w1[expert].t())
        y = y.index_add(0, token, hidden @ w2[expert].t() * weights[token, slot, None])
    # A count, without a gradient; the mean of the full softmax has one.
    share = torch.tensor(counts, dtype=x.dtype, device=x.device) / (x.shape[0] * k)
    return y, router.shape[0] * torch.dot(share, routing.mean(0))
