import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    # U(-1/sqrt(in), 1/sqrt(in))
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
