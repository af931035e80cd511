import torch


def merge_tokens(x, height, width, ratio):
    b, n, c = x.size()
    x = x.reshape(b, height, width, c)
    x = x.reshape(b, height, width // ratio, c * ratio)
    x = x.permute(0, 2, 1, 3)
    x = x.reshape(b, width // ratio, height // ratio, c * ratio * ratio)
    x = x.permute(0, 2, 1, 3)
    return x.reshape(b, n // (ratio * ratio), c * ratio * ratio)


def split_tokens(y, height, width, ratio):
    b, n, c = y.size()
    y = y.reshape(b, height // ratio, width // ratio, c)
    y = y.permute(0, 2, 1, 3)
    y = y.reshape(b, width // ratio, height, c // ratio)
    y = y.permute(0, 2, 1, 3)
    return y.reshape(b, height * width, c // (ratio * ratio))
