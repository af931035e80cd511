import torch


def add_positions(x, start=0):
    """cos + i sin of each pair's angle, as the parts of complex numbers."""
    s, d = x.shape[1:]
    frequency = 10000 ** (-torch.arange(0, d, 2, dtype=torch.float64, device=x.device) / d)
    position = torch.arange(start, start + s, dtype=torch.float64, device=x.device)
    turned = torch.polar(torch.ones_like(position[:, None] * frequency), position[:, None] * frequency)
    table = torch.view_as_real(turned).flip(-1).reshape(s, -1)[:, :d]
    return x + table.to(x.dtype)
