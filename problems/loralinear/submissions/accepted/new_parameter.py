import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha, dropout=0.0):
        super().__init__()
        self.base = base
        self.base.weight.requires_grad = False
        if self.base.bias is not None:
            self.base.bias.requires_grad = False
        out_features, in_features = base.weight.shape
        a = torch.rand(r, in_features) * 2 - 1
        self.lora_a = nn.Parameter((a / math.sqrt(in_features)).to(base.weight))
        self.lora_b = nn.Parameter(torch.zeros(out_features, r).to(base.weight))
        self.drop = nn.Dropout(dropout) if dropout > 0 else nn.Identity()
        self.register_buffer("scaling", torch.tensor(alpha / r, dtype=torch.float64))
        self.register_buffer("merged", torch.tensor(False))
        self.stored = None

    def forward(self, x):
        if self.merged.item():
            return self.base(x)
        lora = torch.einsum("...i,ri,or->...o", self.drop(x), self.lora_a, self.lora_b)
        return self.base(x) + lora * self.scaling.to(lora.dtype)

    def merge(self):
        if self.merged.item():
            return
        with torch.no_grad():
            self.stored = (self.lora_b @ self.lora_a) * self.scaling.to(self.lora_a.dtype)
            weight = self.base.weight + self.stored
        self.base.weight = nn.Parameter(weight, requires_grad=False)
        self.merged.fill_(True)

    def unmerge(self):
        if not self.merged.item():
            return
        self.base.weight = nn.Parameter(self.base.weight - self.stored, requires_grad=False)
        self.merged.fill_(False)
