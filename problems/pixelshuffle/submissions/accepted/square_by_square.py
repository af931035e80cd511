import torch


def merge_tokens(x, height, width, ratio):
    grid = x.unflatten(1, (height, width))
    tokens = []
    for top in range(0, height, ratio):
        for left in range(0, width, ratio):
            square = grid[:, top : top + ratio, left : left + ratio]
            tokens.append(square.flatten(1))
    return torch.stack(tokens, dim=1)


def split_tokens(y, height, width, ratio):
    y = y.unflatten(-1, (ratio, ratio, -1)).unflatten(1, (height // ratio, width // ratio))
    lines = [
        torch.cat([y[:, row, column, i] for column in range(width // ratio)], dim=1)
        for row in range(height // ratio)
        for i in range(ratio)
    ]
    return torch.cat(lines, dim=1)
