import torch


def add_positions(x, start=0):
    s, d = x.shape[1:]
    position = torch.arange(start, start + s, dtype=x.dtype, device=x.device)[:, None]
    even = torch.arange(0, d, 2, dtype=x.dtype, device=x.device)
    angle = position / 10000 ** (even / d)
    table = torch.zeros(s, d, dtype=x.dtype, device=x.device)
    table[:, 0::2] = angle.sin()
    # An odd d has one cosine less.
    table[:, 1::2] = angle.cos()[:, : d // 2]
    return x + table
