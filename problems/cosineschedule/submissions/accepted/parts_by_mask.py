import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    factor = torch.full(steps.shape, float(min_ratio), dtype=base.dtype, device=base.device)
    warm = steps < warmup
    fall = ~warm & (steps < total)
    factor[warm] = steps[warm].to(base.dtype) / warmup if warmup else 0.0
    angle = torch.pi * (steps[fall] - warmup).to(base.dtype) / (total - warmup)
    factor[fall] = min_ratio + (1 - min_ratio) / 2 * (1 + angle.cos())
    return factor.unsqueeze(1) * base.unsqueeze(0)
