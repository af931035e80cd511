import torch
import torch.nn.functional as F


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    head, grid = pos[:1], pos[1:]
    grid = grid.T[None]
    grid = F.interpolate(grid, size=height * width, mode="linear")
    grid = grid[0].T
    return torch.cat([head, grid])
