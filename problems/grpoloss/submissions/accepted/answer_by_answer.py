import torch


def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8):
    losses = []
    for first in range(0, len(rewards), group_size):
        group = rewards[first : first + group_size]
        spread = (group - group.mean()).square().mean().sqrt()
        for i in range(first, first + group_size):
            advantage = (rewards[i] - group.mean()) / (spread + eps)
            counts = mask[i].bool()
            ratio = torch.exp(log_p[i][counts] - old_log_p[i][counts])
            gain = torch.min(ratio * advantage, torch.clip(ratio, 1 - clip, 1 + clip) * advantage)
            losses.append(-gain.mean())
    return sum(losses) / len(losses)
