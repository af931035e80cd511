import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    """A ramp that ends at 1, times a fall that begins at 1."""
    t = steps.to(base.dtype)
    ramp = (t / warmup).clamp(0, 1) if warmup else torch.ones_like(t)
    progress = torch.clamp((t - warmup) / (total - warmup), 0, 1)
    fall = min_ratio + 0.5 * (1 - min_ratio) * (1 + torch.cos(torch.pi * progress))
    return (ramp * fall).reshape(-1, 1) * base
