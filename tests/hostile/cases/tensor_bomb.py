import torch


def solve(n):
    return [torch.ones(16 << 20) for _ in range(1000)]
