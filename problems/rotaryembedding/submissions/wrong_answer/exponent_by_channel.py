import torch


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    i = torch.arange(0, d, 2, dtype=x.dtype, device=x.device)
    speeds = base ** (-torch.arange(d, dtype=x.dtype, device=x.device) / d)
    angles = positions[:, None, :, None].to(x.dtype) * speeds
    cos, sin = angles.cos(), angles.sin()
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos.chunk(2, dim=-1), sin.chunk(2, dim=-1)
    return torch.cat([first * cos[0] - second * sin[0], first * sin[1] + second * cos[1]], dim=-1)
