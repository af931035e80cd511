import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    """The two factors are linears; their weights are known as lora_a and lora_b too."""

    def __init__(self, base, r, alpha, dropout=0.0):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        kind = dict(bias=False, dtype=base.weight.dtype, device=base.weight.device)
        self.down = nn.Linear(base.in_features, r, **kind)
        self.up = nn.Linear(r, base.out_features, **kind)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)
        self.lora_a = self.down.weight
        self.lora_b = self.up.weight
        self.dropout = nn.Dropout(p=dropout)
        self.scale = alpha / r
        self.delta = None

    def forward(self, x):
        result = self.base(x)
        if self.delta is None:
            result = result + self.scale * self.up(self.down(self.dropout(x)))
        return result

    def merge(self):
        if self.delta is None:
            self.delta = self.scale * torch.matmul(self.lora_b.data, self.lora_a.data)
            self.base.weight.data += self.delta

    def unmerge(self):
        if self.delta is not None:
            self.base.weight.data -= self.delta
            self.delta = None
