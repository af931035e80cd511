import torch


def merge_tokens(x, height, width, ratio):
    """As Swin slices its patches, in the order of rows."""
    b, n, c = x.shape
    grid = x.reshape(b, height, width, c)
    pieces = [grid[:, i::ratio, j::ratio] for i in range(ratio) for j in range(ratio)]
    return torch.cat(pieces, dim=-1).flatten(1, 2)


def split_tokens(y, height, width, ratio):
    b, n, c = y.shape
    out = y.new_zeros(b, height, width, c // ratio**2)
    coarse = y.reshape(b, height // ratio, width // ratio, c)
    for at, piece in enumerate(coarse.chunk(ratio * ratio, dim=-1)):
        out[:, at // ratio :: ratio, at % ratio :: ratio] = piece
    return out.reshape(b, height * width, -1)
