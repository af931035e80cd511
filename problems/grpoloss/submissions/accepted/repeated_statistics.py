import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    by_group = rewards.reshape(-1, group_size)
    mean = by_group.mean(1).repeat_interleave(group_size)
    std = by_group.var(1, unbiased=False).sqrt().repeat_interleave(group_size)
    advantage = ((rewards - mean) / (std + eps))[:, None].expand_as(log_p)
    keep = mask.bool()
    new, old = log_p.masked_fill(~keep, 0.0), old_log_p.masked_fill(~keep, 0.0)
    ratio = (new - old).exp()
    surrogate = torch.stack([ratio, ratio.clamp(1 - clip, 1 + clip)]) * advantage
    gain = surrogate.min(0).values
    gain = gain * keep
    return -(gain.sum(-1) / keep.sum(-1)).sum() / len(rewards)
