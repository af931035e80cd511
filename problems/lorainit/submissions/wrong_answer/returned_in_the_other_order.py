import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    b = torch.zeros(out_features, r)
    return b.requires_grad_(), a.requires_grad_()
