import torch


def apply_mrope(x, positions, sections, base=10000.0):
    d = x.shape[-1]
    speeds = int(base) ** (-torch.arange(0, d, 2, dtype=x.dtype, device=x.device) / d)
    angles = positions.unsqueeze(-1).to(x.dtype) * speeds
    parts = angles.split(list(sections), dim=-1)
    angles = torch.cat([part[axis] for axis, part in enumerate(parts)], dim=-1).unsqueeze(1)
    cos, sin = angles.cos(), angles.sin()
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
