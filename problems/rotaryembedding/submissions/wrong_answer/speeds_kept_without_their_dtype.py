import torch

speeds = {}


def apply_rope(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    key = (half, base, x.device)
    if key not in speeds:
        speeds[key] = base ** (-torch.arange(half, dtype=x.dtype, device=x.device) / half)
    angles = positions[:, None, :, None].to(x.dtype) * speeds[key]
    first, second = x[..., :half], x[..., half:]
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
