import torch


class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.clone()
        self.shares = {}
        self.adapters = {}

    def add(self, name, a, b, alpha, weight=1.0):
        scale = weight * alpha / a.shape[0]
        self.adapters[name] = (a.clone(), b.clone(), scale)
        self.shares[name] = weight

    def remove(self, name):
        del self.adapters[name]
        del self.shares[name]

    def merged(self):
        dtype = torch.promote_types(self.weight.dtype, torch.float32)
        total = self.weight.to(dtype, copy=True)
        for a, b, scale in self.adapters.values():
            share = sum(self.shares.values()) or 1.0
            total += scale / share * (b.to(dtype) @ a.to(dtype))
        return total.to(self.weight.dtype)
