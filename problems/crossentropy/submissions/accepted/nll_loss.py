import torch
from torch import nn


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    log_p = nn.LogSoftmax(dim=1)(logits)
    loss = nn.NLLLoss(ignore_index=ignore_index)(log_p, targets)
    if label_smoothing > 0:
        mask = torch.ne(targets, ignore_index)
        smooth = -log_p.mean(1).masked_fill(~mask, 0.0).sum() / mask.sum()
        loss = (1.0 - label_smoothing) * loss + label_smoothing * smooth
    return loss
