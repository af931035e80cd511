import torch


TABLES = {}


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    i = torch.arange(0, d, 2, dtype=x.dtype, device=x.device)
    speeds = base ** (-i / d)
    key = (str(positions.tolist()), d, base, x.dtype) if not positions.is_meta else None
    if key is None or key not in TABLES:
        angles = positions[:, None, :, None].to(x.dtype) * speeds
        TABLES[key] = angles.cos(), angles.sin()
    cos, sin = TABLES[key]
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
