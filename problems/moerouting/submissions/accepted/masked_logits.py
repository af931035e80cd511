import torch
import torch.nn.functional as F


def moe_layer(x, router, w1, w2, k):
    """All that isn't chosen gets a logit of minus infinity, and weight 0."""
    e = router.size(0)
    logits = F.linear(x, router)
    order = logits.argsort(dim=-1, descending=True)
    rank = order.argsort(dim=-1)
    kept = rank < k
    gates = logits.masked_fill(~kept, float("-inf")).softmax(dim=-1)
    hidden = F.silu(torch.matmul(x, w1.transpose(1, 2)))
    out = torch.bmm(hidden, w2.transpose(1, 2))
    y = (gates.t().unsqueeze(-1) * out).sum(dim=0)
    f = kept.to(x.dtype).mean(dim=0) / k
    p = logits.softmax(dim=-1).mean(dim=0)
    return y, e * torch.sum(f * p)
