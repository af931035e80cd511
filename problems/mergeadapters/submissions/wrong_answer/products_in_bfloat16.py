import torch


class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.clone()
        self.adapters = {}

    def add(self, name, a, b, alpha, weight=1.0):
        scale = weight * alpha / a.shape[0]
        self.adapters[name] = (a.clone(), b.clone(), scale)

    def remove(self, name):
        del self.adapters[name]

    def merged(self):
        dtype = torch.promote_types(self.weight.dtype, torch.float32)
        total = self.weight.to(dtype, copy=True)
        for a, b, scale in self.adapters.values():
            total += scale * (b @ a).to(dtype)
        return total.to(self.weight.dtype)
