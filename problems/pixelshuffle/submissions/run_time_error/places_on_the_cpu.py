import torch


def merge_tokens(x, height, width, ratio):
    b, n, c = x.shape
    places = torch.arange(n).reshape(height // ratio, ratio, width // ratio, ratio)
    places = places.permute(0, 2, 1, 3).reshape(1, n, 1).expand(b, n, c)
    return x.gather(1, places).reshape(b, -1, ratio * ratio * c)


def split_tokens(y, height, width, ratio):
    b, _, c = y.shape
    y = y.reshape(b, height // ratio, width // ratio, ratio, ratio, -1)
    y = y.permute(0, 1, 3, 2, 4, 5)
    return y.reshape(b, height * width, c // ratio**2)
