import torch


class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.clone()
        self.dtype = torch.promote_types(weight.dtype, torch.float32)
        self.total = weight.to(self.dtype, copy=True)
        self.updates = {}

    def add(self, name, a, b, alpha, weight=1.0):
        if name in self.updates:
            self.remove(name)
        update = weight * alpha / a.shape[0] * (b.to(self.dtype) @ a.to(self.dtype))
        self.updates[name] = update
        self.total += update

    def remove(self, name):
        self.total -= self.updates.pop(name)

    def merged(self):
        return self.total.to(self.weight.dtype, copy=True)
