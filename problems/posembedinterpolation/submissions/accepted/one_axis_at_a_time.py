import torch
from torch.nn import functional as F


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    """Both filters are separable: first the columns, then the rows."""
    d = pos.size(1)
    grid = pos[1:].transpose(0, 1).reshape(1, d, old_height, old_width)
    grid = F.interpolate(grid, (old_height, width), mode=mode)
    grid = F.interpolate(grid, (height, width), mode=mode)
    return torch.cat([pos[:1], grid.reshape(d, height * width).T], dim=0)
