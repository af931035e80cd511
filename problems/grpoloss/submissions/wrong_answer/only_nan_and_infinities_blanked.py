import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    groups = rewards.reshape(-1, group_size)
    mean = groups.mean(dim=1, keepdim=True)
    spread = groups.std(dim=1, keepdim=True, unbiased=False)
    advantage = ((groups - mean) / (spread + eps)).reshape(-1, 1)
    counts = mask.bool()
    ratio = torch.nan_to_num(log_p - old_log_p, nan=0.0, posinf=0.0, neginf=0.0).exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    gain = torch.minimum(ratio * advantage, clipped * advantage) * counts
    return -(gain.sum(dim=1) / counts.sum(dim=1)).mean()
