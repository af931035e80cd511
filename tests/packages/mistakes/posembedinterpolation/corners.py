# told: corners_aligned.py
import torch


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    image = pos[1:].T.reshape(1, -1, old_height, old_width)
    resize = torch.nn.Upsample((height, width), mode=mode, align_corners=True)
    return torch.cat([pos[:1], resize(image)[0].flatten(1).T])
