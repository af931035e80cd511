import math

import torch
from torch import nn


class DoRALinear(nn.Module):
    """The outputs are scaled, row by row; the weight is only made for its norm."""

    def __init__(self, base: nn.Linear, r: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        bound = 1 / math.sqrt(base.in_features)
        self.lora_a = nn.Parameter(base.weight.new_empty(r, base.in_features).uniform_(-bound, bound))
        self.lora_b = nn.Parameter(base.weight.new_zeros(base.out_features, r))
        self.magnitude = nn.Parameter(torch.linalg.norm(base.weight, dim=1))

    def factor(self):
        with torch.no_grad():
            update = self.scale * (self.lora_b @ self.lora_a)
            norm = torch.linalg.norm(self.base.weight + update, dim=1)
        return self.magnitude / norm

    def merged_weight(self):
        update = self.scale * (self.lora_b @ self.lora_a)
        return self.factor().unsqueeze(1) * (self.base.weight + update)

    def forward(self, x):
        out = x @ self.base.weight.T + self.scale * (x @ self.lora_a.T @ self.lora_b.T)
        out = self.factor() * out
        return out if self.base.bias is None else out + self.base.bias
