import torch
from torch import nn


def init_lora(in_features, out_features, r):
    a = nn.Parameter(torch.empty(r, in_features))
    b = nn.Parameter(torch.empty(out_features, r))
    bound = in_features**-0.5
    nn.init.uniform_(a, -bound, bound)
    nn.init.zeros_(b)
    return a, b
