import numpy as np
import torch


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    speeds = np.power(float(base), -np.arange(0, d, 2) / d)
    speeds = torch.from_numpy(speeds).to(x.device)
    angles = (positions[:, None, :, None] * speeds).repeat(1, 1, 1, 2)
    signs = torch.tensor([-1.0, 1.0], dtype=x.dtype, device=x.device).repeat_interleave(d // 2)
    swapped = torch.cat(x.chunk(2, -1)[::-1], -1) * signs
    return x * angles.cos().to(x.dtype) + swapped * angles.sin().to(x.dtype)
