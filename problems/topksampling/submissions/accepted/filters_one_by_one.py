import torch

NEVER = float("-inf")


def rank_of(logits):
    """The place of each token in the order of falling logits; of equals the first comes first."""
    order = torch.argsort(-logits, dim=-1, stable=True)
    return torch.argsort(order, dim=-1), order


def keep_k(logits, k):
    if k == 0:
        return logits
    rank, _ = rank_of(logits)
    return torch.where(rank < k, logits, NEVER)


def keep_p(logits, top_p):
    if top_p >= 1:
        return logits
    rank, order = rank_of(logits)
    p = torch.softmax(logits, dim=-1).gather(-1, order)
    enough = p.cumsum(-1) >= top_p
    size = (~enough).sum(-1, keepdim=True) + 1
    return torch.where(rank < size, logits, NEVER)


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    if temperature == 0:
        return logits.argmax(dim=-1) if logits.is_meta else rank_of(logits)[1][:, 0]
    z = keep_p(keep_k(logits / temperature, top_k), top_p)
    _, order = rank_of(z)
    cumulative = torch.softmax(z, dim=-1).gather(-1, order).cumsum(-1)
    allowed = torch.isfinite(z).sum(-1) - 1
    place = torch.searchsorted(cumulative, u.reshape(-1, 1).contiguous(), right=True)[:, 0]
    return order.gather(-1, torch.min(place, allowed)[:, None]).squeeze(-1)
