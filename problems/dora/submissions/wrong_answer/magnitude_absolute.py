import math

import torch
import torch.nn.functional as F
from torch import nn


class DoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad_(False)
        out_features, in_features = base.weight.shape
        self.lora_a = nn.Parameter(torch.empty(r, in_features))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        self.lora_b = nn.Parameter(torch.zeros(out_features, r))
        self.magnitude = nn.Parameter(base.weight.norm(dim=1))
        self.scale = alpha / r

    def merged_weight(self):
        v = self.base.weight + self.scale * self.lora_b @ self.lora_a
        norm = v.norm(dim=1).detach()  # no gradient through it
        return (self.magnitude.abs() / norm)[:, None] * v

    def forward(self, x):
        return F.linear(x, self.merged_weight(), self.base.bias)
