import math

import torch


def add_positions(x, start=0):
    _, s, d = x.size()
    position = torch.arange(s, device=x.device).unsqueeze(1) + start
    frequency = torch.exp(
        torch.arange(0, d, 2, device=x.device).to(x.dtype) * (-math.log(10000.0) / d)
    )
    angle = position * frequency
    return x + torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :d]
