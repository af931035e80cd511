import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = torch.empty(r, in_features)
    nn.init.zeros_(a)
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
