import torch
import torch.nn.functional as F


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    num_classes = logits.size(1)
    ignored = targets.eq(ignore_index)
    one_hot = F.one_hot(targets.masked_fill(ignored, 0), num_classes).to(logits.dtype)
    q = one_hot * (1 - label_smoothing) + label_smoothing / num_classes
    q = q.masked_fill(ignored.unsqueeze(1), 0)
    return -(q * F.log_softmax(logits, dim=1)).sum() / (~ignored).sum()
