import torch


def merge_tokens(x, height, width, ratio):
    b, _, c = x.shape
    x = x.reshape(b, height // ratio, ratio, width // ratio, ratio, c)
    # (b, rows, columns, row in the square, column in it, c)
    x = x.permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, -1, ratio * ratio * c)


def split_tokens(y, height, width, ratio):
    b, _, c = y.shape
    y = y.reshape(b, height // ratio, width // ratio, ratio, ratio, -1)
    y = y.permute(0, 1, 3, 2, 4, 5)
    return y.reshape(b, height * width, c // ratio**2)
