import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    """Without a sort: for each token, the tokens that come before it."""
    ids = torch.arange(logits.shape[1], device=logits.device)
    one, other = logits.unsqueeze(2), logits.unsqueeze(1)
    ahead = (other > one) | ((other == one) & (ids[None, :] < ids[:, None]))
    rank = ahead.sum(2)
    if temperature == 0:
        return (rank == 0).int().argmax(1)
    kept = rank < top_k if top_k else torch.ones_like(rank, dtype=torch.bool)
    for limit in (2.0, top_p):
        p = torch.softmax(torch.where(kept, logits / temperature, -torch.inf), 1)
        before = (ahead * p.unsqueeze(1)).sum(2)
        kept = kept & (before < limit) & (p > 0)
    p = torch.where(kept, p, 0) / torch.where(kept, p, 0).sum(1, keepdim=True)
    before = (ahead * p.unsqueeze(1)).sum(2)
    starts = torch.where(kept & (before <= u.unsqueeze(1)), rank, -1)
    return starts.argmax(1)
