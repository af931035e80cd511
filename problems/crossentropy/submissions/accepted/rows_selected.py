import torch


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    keep = targets != ignore_index
    z, t = logits[keep], targets[keep]
    lse = torch.logsumexp(z, dim=-1)
    nll = lse - z[torch.arange(len(t), device=z.device), t]
    uniform = lse - z.mean(dim=-1)
    return torch.lerp(nll, uniform, label_smoothing).mean()
