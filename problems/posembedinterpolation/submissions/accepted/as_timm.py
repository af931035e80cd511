import torch
import torch.nn.functional as F


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    if (old_height, old_width) == (height, width):
        return pos.clone()
    pos = pos.unsqueeze(0)
    prefix, posemb = pos[:, :1], pos[:, 1:]
    posemb = posemb.reshape(1, old_height, old_width, -1).permute(0, 3, 1, 2)
    posemb = F.interpolate(posemb, size=[height, width], mode=mode, antialias=False)
    posemb = posemb.permute(0, 2, 3, 1).reshape(1, -1, pos.shape[-1])
    return torch.cat([prefix, posemb], dim=1).squeeze(0)
