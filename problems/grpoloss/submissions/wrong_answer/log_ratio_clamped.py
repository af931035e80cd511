import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    groups = rewards.reshape(-1, group_size)
    mean = groups.mean(dim=1, keepdim=True)
    spread = groups.std(dim=1, keepdim=True, unbiased=False)
    advantage = ((groups - mean) / (spread + eps)).reshape(-1, 1)
    counts = mask.bool()
    difference = (log_p - old_log_p).masked_fill(~counts, 0.0)
    ratio = difference.clamp(-10, 10).exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    gain = torch.minimum(ratio * advantage, clipped * advantage).masked_fill(~counts, 0.0)
    return -(gain.sum(dim=1) / counts.sum(dim=1)).mean()
