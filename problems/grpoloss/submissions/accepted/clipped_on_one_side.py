import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    """The minimum, seen by the advantage's sign: only one of the two bounds ever acts."""
    with torch.no_grad():
        r = rewards.unflatten(0, (-1, group_size))
        variance, mean = torch.var_mean(r, dim=1, correction=0, keepdim=True)
        advantage = ((r - mean) / (variance.sqrt() + eps)).flatten().unsqueeze(-1)
    keep = mask != 0
    ratio = (log_p - old_log_p).masked_fill(~keep, 0).exp()
    acting = torch.where(advantage > 0, ratio.clamp(max=1 + clip), ratio.clamp(min=1 - clip))
    weights = keep / keep.sum(1, keepdim=True) / len(rewards)
    return -(acting * advantage * weights.to(ratio.dtype)).sum()
