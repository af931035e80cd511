import math

import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.uniform_(a, 0, 1 / math.sqrt(in_features))
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
