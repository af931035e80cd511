# told: p_before_k.py
import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    order = logits.sort(dim=-1, descending=True, stable=True).indices
    if temperature == 0:
        return order[:, 0].clone()
    p = (logits.gather(1, order) / temperature).softmax(-1)
    keep = p.cumsum(-1) - p < top_p
    if top_k:
        keep[:, top_k:] = False
    p = p * keep
    sums = (p / p.sum(-1, keepdim=True)).cumsum(-1)
    rank = torch.minimum((sums <= u[:, None]).sum(-1), (p > 0).sum(-1) - 1)
    return order.gather(1, rank[:, None])[:, 0]
