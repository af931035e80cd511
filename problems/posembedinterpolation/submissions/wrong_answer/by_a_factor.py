import torch
import torch.nn.functional as F


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    grid = pos[1:].T.reshape(1, -1, old_height, old_width)
    factors = (height / old_height, width / old_width)
    grid = F.interpolate(grid, scale_factor=factors, mode=mode, align_corners=False)
    return torch.cat((pos[:1], grid[0].flatten(1).T))
