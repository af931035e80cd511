import math

import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    t = steps.to(base.dtype)
    rising = t / max(warmup, 1)
    # Beyond the last step the cosine would rise again.
    progress = ((t - warmup) / (total - warmup)).clamp(max=1)
    falling = min_ratio + (1 - min_ratio) * (1 + torch.cos(math.pi * progress)) / 2
    factor = torch.where(steps < warmup, rising, falling)
    return factor[:, None] * base
