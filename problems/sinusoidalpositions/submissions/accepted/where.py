import torch


def add_positions(x, start=0):
    d = x.shape[-1]
    channel = torch.arange(d, device=x.device)
    position = torch.arange(x.shape[1], device=x.device).view(1, -1, 1) + start
    base = torch.tensor(10000.0, dtype=x.dtype, device=x.device)
    angle = position / torch.pow(base, (2 * (channel // 2)).to(x.dtype) / d)
    return x + torch.where(channel % 2 == 0, torch.sin(angle), torch.cos(angle))
