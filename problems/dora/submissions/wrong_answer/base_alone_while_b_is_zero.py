import torch
from torch import nn
import torch.nn.functional as F

class DoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r, alpha):
        super().__init__()
        self.base = base
        for p in base.parameters():
            p.requires_grad_(False)
        self.scaling = alpha / r
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features) * 0.02)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.magnitude = nn.Parameter(base.weight.detach().norm(dim=1))

    def merged_weight(self):
        v = self.base.weight + self.scaling * (self.lora_b @ self.lora_a)
        norm = v.norm(dim=1, keepdim=True).detach()
        return self.magnitude[:, None] * v / norm

    def forward(self, x):
        if not self.lora_b.any():
            return self.base(x)
        return F.linear(x, self.merged_weight(), self.base.bias)
