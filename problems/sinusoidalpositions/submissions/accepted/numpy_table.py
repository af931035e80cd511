import numpy as np
import torch


def add_positions(x, start=0):
    s, d = x.shape[1:]
    angle = np.arange(start, start + s)[:, None] / np.power(10000, 2 * (np.arange(d) // 2) / d)
    angle[:, 0::2] = np.sin(angle[:, 0::2])
    angle[:, 1::2] = np.cos(angle[:, 1::2])
    return x + torch.from_numpy(angle).to(x.device, x.dtype)
