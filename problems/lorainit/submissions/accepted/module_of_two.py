import math

import torch
from torch import nn


class Pair(nn.Module):
    def __init__(self, in_features, out_features, r):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(r, in_features))
        self.b = nn.Parameter(torch.zeros(out_features, r))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5), mode="fan_in", nonlinearity="leaky_relu")


def init_lora(in_features, out_features, r):
    pair = Pair(in_features, out_features, r)
    return pair.a, pair.b
