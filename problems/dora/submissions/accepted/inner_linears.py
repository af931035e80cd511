import math

import torch
from torch import nn


class DoRALinear(nn.Module):
    """The two factors are linears; their weights are known as lora_a and lora_b too."""

    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.down = nn.Linear(base.in_features, r, bias=False)
        self.up = nn.Linear(r, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)
        self.lora_a = self.down.weight
        self.lora_b = self.up.weight
        self.scaling = alpha / r
        self.magnitude = nn.Parameter(base.weight.pow(2).sum(dim=-1).sqrt())

    def direction(self):
        v = self.base.weight + self.scaling * torch.matmul(self.up.weight, self.down.weight)
        return v / v.detach().pow(2).sum(dim=-1, keepdim=True).sqrt()

    def merged_weight(self):
        return self.magnitude.unsqueeze(-1) * self.direction()

    def forward(self, x):
        out = nn.functional.linear(x, self.direction()) * self.magnitude
        return out + self.base.bias if self.base.bias is not None else out
