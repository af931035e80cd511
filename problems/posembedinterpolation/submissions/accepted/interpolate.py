import torch
import torch.nn.functional as F


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    head, grid = pos[:1], pos[1:]
    # interpolate wants (1, d, rows, columns).
    grid = grid.reshape(1, old_height, old_width, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(height, width), mode=mode, align_corners=False)
    grid = grid.permute(0, 2, 3, 1).reshape(height * width, -1)
    return torch.cat([head, grid])
