import math

import torch


def add_positions(x, start=0):
    b, s, d = x.shape
    channel = torch.arange(d, device=x.device)
    frequency = 10000.0 ** (-(channel - channel % 2).to(x.dtype) / d)
    position = torch.arange(start, start + s, device=x.device).to(x.dtype)
    phase = (channel % 2).to(x.dtype) * (math.pi / 2)
    return torch.sin(torch.outer(position, frequency) + phase).unsqueeze(0) + x
