import torch


class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.clone()
        self.adapters = {}

    def add(self, name, a, b, alpha, weight=1.0):
        scale = weight * alpha / a.shape[0]
        self.adapters[name] = (a.clone(), b.clone(), scale)

    def remove(self, name):
        kept = {n: one for n, one in self.adapters.items() if not n.startswith(name)}
        self.adapters = kept

    def merged(self):
        dtype = torch.promote_types(self.weight.dtype, torch.float32)
        total = self.weight.to(dtype, copy=True)
        for a, b, scale in self.adapters.values():
            total += scale * (b.to(dtype) @ a.to(dtype))
        return total.to(self.weight.dtype)
