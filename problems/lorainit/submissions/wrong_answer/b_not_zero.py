import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    b = torch.empty(out_features, r)
    nn.init.kaiming_uniform_(b, a=math.sqrt(5))
    return a.requires_grad_(), b.requires_grad_()
