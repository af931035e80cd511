# told: both_columns_first.py
import torch


def merge_tokens(x, height, width, ratio):
    grid = x.unflatten(1, (height, width))
    pieces = [grid[:, i::ratio, j::ratio] for j in range(ratio) for i in range(ratio)]
    return torch.cat(pieces, dim=3).flatten(1, 2)


def split_tokens(y, height, width, ratio):
    coarse = y.unflatten(1, (height // ratio, width // ratio))
    out = y.new_empty(y.shape[0], height, width, y.shape[2] // ratio**2)
    for at, piece in enumerate(coarse.chunk(ratio * ratio, dim=3)):
        out[:, at % ratio :: ratio, at // ratio :: ratio] = piece
    return out.flatten(1, 2)
