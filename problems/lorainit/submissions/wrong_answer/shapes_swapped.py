import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(in_features, r)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    b = torch.zeros(r, out_features)
    return a.requires_grad_(), b.requires_grad_()
