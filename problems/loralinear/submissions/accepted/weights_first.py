import math

import torch
import torch.nn.functional as F
from torch import nn


class LoRALinear(nn.Module):
    """Adds the factors to the weight in forward whenever nothing is dropped."""

    def __init__(self, base, r, alpha, dropout=0.0):
        super().__init__()
        base.requires_grad_(False)
        self.base = base
        self.lora_a = nn.Parameter(torch.empty_like(base.weight[:1]).repeat(r, 1))
        nn.init.uniform_(self.lora_a, -1 / math.sqrt(base.in_features), base.in_features**-0.5)
        self.lora_b = nn.Parameter(torch.zeros_like(base.weight[:, :1]).repeat(1, r))
        self.alpha, self.r, self.dropout = alpha, r, dropout
        self.saved = None

    def forward(self, x):
        weight, bias = self.base.weight, self.base.bias
        if self.saved is not None:
            return F.linear(x, weight, bias)
        scale = self.alpha / self.r
        if self.dropout == 0 or not self.training:
            return F.linear(x, weight + scale * self.lora_b @ self.lora_a, bias)
        keep = (torch.rand_like(x) >= self.dropout) / (1 - self.dropout)
        kept = (x * keep).to(x.dtype)
        return F.linear(x, weight, bias) + scale * (kept @ self.lora_a.mT) @ self.lora_b.mT

    def merge(self):
        if self.saved is None:
            self.saved = self.base.weight.clone()
            with torch.no_grad():
                self.base.weight.copy_(
                    self.saved + self.alpha / self.r * self.lora_b @ self.lora_a
                )

    def unmerge(self):
        if self.saved is not None:
            with torch.no_grad():
                self.base.weight.copy_(self.saved)
            self.saved = None
