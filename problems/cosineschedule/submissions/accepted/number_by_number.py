import math

import torch


def factor(step, warmup, total, min_ratio):
    if step < warmup:
        return step / warmup
    if step >= total:
        return min_ratio
    progress = (step - warmup) / (total - warmup)
    return min_ratio + (1 - min_ratio) * 0.5 * (1 + math.cos(math.pi * progress))


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    factors = [factor(step, warmup, total, min_ratio) for step in steps.tolist()]
    return torch.outer(torch.tensor(factors, dtype=base.dtype, device=base.device), base)
