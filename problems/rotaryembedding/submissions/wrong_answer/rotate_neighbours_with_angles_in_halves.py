import torch


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    i = torch.arange(0, d, 2, dtype=x.dtype, device=x.device)
    speeds = base ** (-i / d)
    angles = positions[:, None, :, None].to(x.dtype) * speeds
    cos, sin = angles.cos(), angles.sin()
    cos, sin = torch.cat([cos, cos], dim=-1), torch.cat([sin, sin], dim=-1)
    swapped = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * cos + swapped * sin
