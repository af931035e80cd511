# told: cosine_from_step_zero.py
import math

import torch


def cosine_schedule(base, steps, warmup, total, min_ratio=0.0):
    rows = []
    for t in steps.tolist():
        if t < warmup:
            rows.append(base * (t / warmup))
        else:
            share = 0.5 + 0.5 * math.cos(math.pi * min(t / total, 1))
            rows.append(base * min_ratio + base * (1 - min_ratio) * share)
    return torch.stack(rows)
