import torch


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    log_p = torch.log_softmax(logits, dim=-1)
    kept = targets != ignore_index
    # An ignored target may be no class; any class will do in its place.
    picked = torch.where(kept, targets, 0)
    nll = -log_p.gather(1, picked.unsqueeze(1)).squeeze(1)
    smooth = -log_p.mean(dim=1)
    loss = (1 - label_smoothing) * nll + label_smoothing * smooth
    return (loss * kept).sum() / kept.sum()
