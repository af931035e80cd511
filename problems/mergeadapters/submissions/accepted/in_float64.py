import torch


class LoRAMerger:
    def __init__(self, weight):
        self.dtype = weight.dtype
        self.weight = weight.to(torch.float64, copy=True)
        self.names, self.adapters = [], []

    def add(self, name, a, b, alpha, weight=1.0):
        if name in self.names:
            self.remove(name)
        self.names.append(name)
        self.adapters.append(weight * (alpha / a.size(0)) * torch.einsum("or,ri->oi", b.double(), a.double()))

    def remove(self, name):
        at = self.names.index(name)
        del self.names[at], self.adapters[at]

    def merged(self):
        return torch.stack([self.weight, *self.adapters]).sum(0).to(self.dtype)
