import math

import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    columns = []
    for peak in base.unbind():
        low = peak * min_ratio
        t = (steps - warmup).to(base.dtype) / (total - warmup)
        column = low + (peak - low) * (torch.cos(t * math.pi) + 1) * 0.5
        column = torch.where(steps > total, low, column)
        column = torch.where(steps < warmup, steps * (peak / max(warmup, 1)), column)
        columns.append(column)
    return torch.stack(columns, dim=1)
