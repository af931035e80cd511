import torch
from torch import einsum


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    n = rewards.shape[0]
    grouped = rewards.contiguous().view(n // group_size, group_size)
    centred = grouped - grouped.mean(1).unsqueeze(1)
    spread = (centred**2).mean(1).sqrt().unsqueeze(1)
    a = (centred / (spread + eps)).view(n, 1)
    zero = torch.zeros_like(log_p)
    difference = torch.where(mask > 0, log_p - old_log_p.detach(), zero)
    ratio = torch.exp(difference)
    losses = torch.max(-a * ratio, -a * torch.clamp(ratio, min=1 - clip, max=1 + clip))
    m = mask.to(losses.dtype)
    return (einsum("ns,ns->n", losses, m) / m.sum(1)).mean()
