import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self, a, b, scale):
        super().__init__()
        self.register_buffer("a", a.detach().clone())
        self.register_buffer("b", b.detach().clone())
        self.scale = scale

    def forward(self, dtype):
        return (self.b.to(dtype) * self.scale) @ self.a.to(dtype)


class LoRAMerger(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight.detach().clone())
        self.adapters = nn.ModuleDict()

    def add(self, name, a, b, alpha, weight=1.0):
        self.adapters[name] = Adapter(a, b, weight * alpha / a.shape[0])

    def remove(self, name):
        self.adapters.pop(name)

    def merged(self):
        wide = torch.promote_types(self.weight.dtype, torch.float32)
        total = self.weight.to(wide)
        for adapter in self.adapters.values():
            total = total + adapter(wide)
        return total.to(self.weight.dtype, copy=True)
