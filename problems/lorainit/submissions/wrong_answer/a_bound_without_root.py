import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.uniform_(a, -1 / in_features, 1 / in_features)
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
