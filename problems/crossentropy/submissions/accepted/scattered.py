import torch


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    c = logits.shape[-1]
    keep = (targets != ignore_index)[:, None]
    index = (targets[:, None] * keep).clamp(0, c - 1)
    q = torch.full_like(logits, label_smoothing / c)
    q = q.scatter_add(1, index, torch.full_like(logits[:, :1], 1 - label_smoothing))
    q = torch.where(keep, q, torch.zeros_like(q))
    # sum q * (lse - z), where q sums to 1 in a row
    lse = logits.logsumexp(-1, keepdim=True)
    return (q * (lse - logits)).sum() / keep.sum().clamp(min=1)
