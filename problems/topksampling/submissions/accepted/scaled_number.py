import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    """Nothing is renormalised: u is scaled by what is kept."""
    b, v = logits.shape
    order = logits.sort(dim=1, descending=True, stable=True).indices
    if temperature == 0:
        return order.select(1, 0)
    k = min(top_k, v) if top_k else v
    order = order[:, :k]
    p = (logits.gather(1, order) / temperature).softmax(1)
    total = p.cumsum(1)
    kept = torch.cat([torch.ones_like(total[:, :1], dtype=torch.bool), total[:, :-1] < top_p], 1)
    kept &= p > 0
    mass = torch.where(kept, p, 0).sum(1, keepdim=True)
    chosen = kept & (total > u.unsqueeze(1) * mass)
    first = torch.argmax(chosen.int(), dim=1)
    place = torch.where(chosen.any(1), first, kept.sum(1) - 1)
    return torch.take_along_dim(order, place.unsqueeze(1), 1).flatten()
