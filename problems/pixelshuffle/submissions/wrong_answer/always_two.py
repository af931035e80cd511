import torch


def merge_tokens(x, height, width, ratio):
    b, _, c = x.shape
    ratio = 2 if height % 2 == width % 2 == 0 else ratio
    x = x.reshape(b, height // ratio, ratio, width // ratio, ratio, c)
    x = x.permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, -1, ratio * ratio * c)


def split_tokens(y, height, width, ratio):
    b, _, c = y.shape
    y = y.reshape(b, height // ratio, width // ratio, ratio, ratio, -1)
    y = y.permute(0, 1, 3, 2, 4, 5)
    return y.reshape(b, height * width, c // ratio**2)
