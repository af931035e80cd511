import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features, dtype=torch.float64)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    b = torch.zeros(out_features, r, dtype=torch.float64)
    return a.requires_grad_(), b.requires_grad_()
