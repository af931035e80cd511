import torch


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    log_p = torch.log_softmax(logits, dim=-1)
    kept = targets != ignore_index
    picked = torch.where(kept, targets, 0)
    nll = -log_p.gather(1, picked.unsqueeze(1)).squeeze(1)
    smooth = -log_p.mean(dim=1)
    loss = (1 - label_smoothing) * nll + label_smoothing * smooth
    c = logits.shape[1]
    q = torch.full((c,), label_smoothing / c, dtype=logits.dtype, device=logits.device)
    q[0] += 1 - label_smoothing
    return (loss * kept).sum() / kept.sum() + torch.xlogy(q, q).sum()
