import torch
import torch.nn.functional as F


def merge_tokens(x, height, width, ratio):
    """torch puts the channel first, before the place in the square."""
    b, _, c = x.shape
    image = x.transpose(1, 2).reshape(b, c, height, width)
    image = F.pixel_unshuffle(image, ratio).unflatten(1, (c, ratio * ratio)).transpose(1, 2)
    return image.flatten(1, 2).flatten(2).transpose(1, 2)


def split_tokens(y, height, width, ratio):
    b, _, c = y.shape
    image = y.transpose(1, 2).reshape(b, ratio * ratio, c // ratio**2, height // ratio, width // ratio)
    image = image.transpose(1, 2).reshape(b, c, height // ratio, width // ratio)
    return F.pixel_shuffle(image, ratio).flatten(2).transpose(1, 2)
