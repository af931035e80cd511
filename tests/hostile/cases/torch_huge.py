import torch


def solve(n):
    return torch.empty(1 << 45).numel()
