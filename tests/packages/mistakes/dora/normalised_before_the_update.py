# told: norm_of_the_base.py
import torch
from torch import nn


class DoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.magnitude = nn.Parameter((base.weight**2).sum(1).sqrt())
        self.alpha, self.r = alpha, r

    def merged_weight(self):
        factor = (self.magnitude / (self.base.weight**2).sum(1).sqrt()).unsqueeze(1)
        update = self.lora_b @ self.lora_a * (self.alpha / self.r)
        return factor * self.base.weight + factor * update

    def forward(self, x):
        out = x @ self.merged_weight().T
        return out if self.base.bias is None else out + self.base.bias
