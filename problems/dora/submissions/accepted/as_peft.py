import math

import torch
import torch.nn.functional as F
from torch import nn


class DoRALinear(nn.Module):
    """The base's result as it is, and what DoRA adds to it."""

    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base
        base.weight.requires_grad = False
        if base.bias is not None:
            base.bias.requires_grad = False
        self.lora_a = nn.Parameter(torch.zeros(r, base.in_features, dtype=base.weight.dtype))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r, dtype=base.weight.dtype))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        self.scaling = alpha / r
        self.magnitude = nn.Parameter(self.weight_norm().clone(), requires_grad=True)

    def weight_norm(self):
        weight = self.base.weight + self.scaling * (self.lora_b @ self.lora_a)
        return torch.linalg.norm(weight, dim=1).to(weight.dtype).detach()

    def forward(self, x):
        result = self.base(x)
        mag_norm_scale = (self.magnitude / self.weight_norm()).view(1, -1)
        lora = F.linear(F.linear(x, self.lora_a), self.lora_b)
        extra = (mag_norm_scale - 1) * F.linear(x, self.base.weight)
        return result + (extra + mag_norm_scale * lora * self.scaling).view(result.shape)

    @torch.no_grad()
    def merged_weight(self):
        delta = self.scaling * (self.lora_b @ self.lora_a)
        factor = (self.magnitude / self.weight_norm()).view(-1, 1)
        return factor * (self.base.weight + delta)
