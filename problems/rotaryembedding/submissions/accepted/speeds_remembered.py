from functools import lru_cache

import torch


@lru_cache(maxsize=None)
def speeds_of(d, base):
    return [float(base) ** (-2 * i / d) for i in range(d // 2)]


def apply_rope(x, positions, base=10000.0):
    d = x.size(-1)
    speeds = torch.tensor(speeds_of(d, base), dtype=x.dtype, device=x.device)
    angles = positions[:, None, :, None] * speeds
    sin, cos = angles.sin(), angles.cos()
    left, right = torch.split(x, d // 2, dim=-1)
    return torch.cat((torch.addcmul(left * cos, right, sin, value=-1), right * cos + left * sin), -1)
