import math

import torch


def init_lora(in_features, out_features, r):
    bound = 1 / math.sqrt(in_features)
    a = (torch.rand(r, in_features, requires_grad=True) * 2 - 1) * bound
    b = torch.zeros(out_features, r)
    return a, b.requires_grad_()
