import torch
from torch import nn


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    a = torch.empty(r, in_features)
    nn.init.trunc_normal_(a, std=bound / 3**0.5, a=-bound, b=bound)
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
