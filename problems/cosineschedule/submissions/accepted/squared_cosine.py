import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    """(1 + cos 2a) / 2 is the square of cos a."""
    progress = (steps.clamp(min=warmup, max=total) - warmup).to(base.dtype) / (total - warmup)
    share = torch.cos(progress * (torch.pi / 2)).square()
    factor = torch.lerp(torch.full_like(share, min_ratio), torch.ones_like(share), share)
    if warmup > 0:
        factor = torch.where(steps < warmup, steps.to(base.dtype) / warmup, factor)
    return torch.einsum("n,g->ng", factor, base)
