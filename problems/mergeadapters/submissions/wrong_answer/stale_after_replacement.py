import torch


class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.clone()
        self.kept = None
        self.adapters = {}

    def add(self, name, a, b, alpha, weight=1.0):
        scale = weight * alpha / a.shape[0]
        if name not in self.adapters:
            self.kept = None
        self.adapters[name] = (a.clone(), b.clone(), scale)

    def remove(self, name):
        del self.adapters[name]
        self.kept = None

    def merged(self):
        if self.kept is not None:
            return self.kept.clone()
        dtype = torch.promote_types(self.weight.dtype, torch.float32)
        total = self.weight.to(dtype, copy=True)
        for a, b, scale in self.adapters.values():
            total += scale * (b.to(dtype) @ a.to(dtype))
        self.kept = total.to(self.weight.dtype)
        return self.kept.clone()
