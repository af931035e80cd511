import numpy as np
import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    t = steps.numpy().astype(np.float64)
    falling = min_ratio + (1 - min_ratio) * (np.cos(np.pi * (t - warmup) / (total - warmup)) + 1) / 2
    factor = np.select([t < warmup, t < total], [t / max(1, warmup), falling], min_ratio)
    return torch.from_numpy(factor).to(base.dtype)[:, None] * base[None, :]
