import torch


def moe_layer(x, router, w1, w2, k):
    """The softmax of the chosen logits is that of all, normalised anew."""
    logits = torch.einsum("nd,ed->ne", x, router)
    top, chosen = logits.topk(k)
    weights = top.softmax(-1)
    y = 0
    for slot in range(k):
        first, second = w1[chosen[:, slot]], w2[chosen[:, slot]]
        hidden = torch.nn.functional.silu(torch.einsum("nd,nfd->nf", x, first))
        y = y + weights[:, slot, None] * torch.einsum("nf,ndf->nd", hidden, second)
    hits = (chosen.unsqueeze(-1) == torch.arange(len(router), device=x.device)).to(x.dtype)
    share = hits.mean(dim=(0, 1))
    return y, (share * logits.softmax(-1).mean(0)).sum() * len(router)
