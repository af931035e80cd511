import torch


def places(height, width, ratio):
    """(h/r * w/r, r * r): which tokens make each merged one."""
    rows = [
        [(top + i) * width + left + j for i in range(ratio) for j in range(ratio)]
        for top in range(0, height, ratio)
        for left in range(0, width, ratio)
    ]
    return torch.tensor(rows)


def merge_tokens(x, height, width, ratio):
    return x[:, places(height, width, ratio).to(x.device)].flatten(2)


def split_tokens(y, height, width, ratio):
    b, n, c = y.shape
    back = places(height, width, ratio).flatten().argsort().to(y.device)
    return y.reshape(b, n * ratio * ratio, c // ratio**2).index_select(1, back)
