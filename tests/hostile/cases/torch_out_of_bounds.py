import ctypes

import torch


def solve(n):
    return ctypes.c_double.from_address(torch.ones(4).data_ptr() + (1 << 44)).value
