import torch


TOTAL = {}


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    log_p = torch.log_softmax(logits, dim=-1)
    kept = targets != ignore_index
    picked = torch.where(kept, targets, 0)
    nll = -log_p.gather(1, picked.unsqueeze(1)).squeeze(1)
    smooth = -log_p.mean(dim=1)
    loss = (1 - label_smoothing) * nll + label_smoothing * smooth
    mean = (loss * kept).sum() / kept.sum()
    if not mean.is_meta:
        TOTAL[0] = TOTAL.get(0, 0.0) + mean.to(torch.float64)
        mean = mean + (0 * TOTAL[0]).to(mean.dtype)
    return mean
