# told: bias_scaled.py
import torch
import torch.nn.functional as F
from torch import nn


class DoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.magnitude = nn.Parameter(base.weight.detach().norm(dim=1))
        self.scaling = alpha / r

    def direction(self):
        return self.base.weight + self.scaling * self.lora_b @ self.lora_a

    def factor(self):
        return self.magnitude / self.direction().detach().norm(dim=1)

    def merged_weight(self):
        return self.factor()[:, None] * self.direction()

    def forward(self, x):
        # The base's output holds its bias already.
        out, factor = self.base(x), self.factor()
        update = F.linear(F.linear(x, self.lora_a), self.lora_b) * self.scaling
        return out + (factor - 1) * out + factor * update
