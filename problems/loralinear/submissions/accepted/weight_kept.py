import torch
import torch.nn.functional as F
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r: int, alpha: float, dropout: float = 0.0):
        super().__init__()
        self.base = base.requires_grad_(False)
        weight = base.weight
        self.r, self.alpha, self.p = r, alpha, dropout
        bound = 1 / weight.shape[1] ** 0.5
        a = weight.new_empty(r, weight.shape[1]).uniform_(-bound, bound)
        self.lora_a = nn.Parameter(a)
        self.lora_b = nn.Parameter(weight.new_zeros(weight.shape[0], r))
        self.original = None

    def delta(self):
        return self.lora_b @ self.lora_a * (self.alpha / self.r)

    def forward(self, x):
        if self.original is not None:
            return self.base(x)
        low = F.linear(F.dropout(x, self.p, self.training), self.lora_a)
        return self.base(x) + F.linear(low, self.lora_b) * (self.alpha / self.r)

    def merge(self):
        if self.original is None:
            self.original = self.base.weight.detach().clone()
            self.base.weight.data = self.original + self.delta().detach()

    def unmerge(self):
        if self.original is not None:
            self.base.weight.data.copy_(self.original)
            self.original = None
