# told: averaged_over_all_tokens.py
import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    losses = []
    for i in range(len(rewards)):
        first = i // group_size * group_size
        group = rewards[first : first + group_size]
        a = (rewards[i] - group.mean()) / (group.var(unbiased=False) ** 0.5 + eps)
        kept = mask[i] != 0
        ratio = (log_p[i][kept] - old_log_p[i][kept]).exp()
        losses.append(-torch.min(a * ratio, a * ratio.clamp(1 - clip, 1 + clip)))
    return torch.cat(losses).mean()
