import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha, dropout=0.0):
        super().__init__()
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad_(False)
        like = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.empty(r, base.in_features, **like))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r, **like))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        self.scale = alpha / r
        self.dropout = nn.Dropout(dropout)
        self.merged = False
        self.added = None

    def forward(self, x):
        out = self.base(x)
        if self.merged:
            return out
        kept = self.dropout(x) if torch.is_grad_enabled() else x
        return out + self.scale * (kept @ self.lora_a.T @ self.lora_b.T)

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self.added = self.scale * (self.lora_b @ self.lora_a)
            self.base.weight += self.added
            self.merged = True

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight -= self.added
            self.merged = False
