import torch
from einops import rearrange


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    first, rest = torch.split(pos, [1, old_height * old_width])
    images = rearrange(rest, "(h w) d -> d 1 h w", h=old_height, w=old_width)
    resize = torch.nn.Upsample(size=(height, width), mode=mode, align_corners=False)
    return torch.cat([first, rearrange(resize(images), "d 1 h w -> (h w) d")])
