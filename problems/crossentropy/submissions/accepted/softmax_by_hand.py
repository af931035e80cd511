import torch


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    n, c = logits.shape
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_probs = shifted - torch.log(torch.sum(torch.exp(shifted), dim=1, keepdim=True))
    valid = (targets != ignore_index).to(logits.dtype)
    index = targets.clone()
    index[targets == ignore_index] = 0
    picked = log_probs.gather(1, index.view(n, 1)).view(n)
    losses = -(1 - label_smoothing) * picked - (label_smoothing / c) * log_probs.sum(1)
    return torch.dot(losses, valid) / valid.sum()
