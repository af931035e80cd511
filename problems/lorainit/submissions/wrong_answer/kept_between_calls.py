import functools
import math

import torch
from torch import nn


@functools.cache
def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5))
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
