import torch

class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.detach().clone()
        self.adapters = {}
        self.version = 0
        self.cached = (-1, None)

    def add(self, name, a, b, alpha, weight=1.0):
        self.version += 1
        self.adapters[name] = (a.detach().clone(), b.detach().clone(), weight * alpha / a.shape[0])

    def remove(self, name):
        self.version -= 1
        del self.adapters[name]

    def merged(self):
        if self.cached[0] == self.version:
            return self.cached[1].clone()
        acc = torch.float64 if self.weight.dtype == torch.float64 else torch.float32
        total = self.weight.to(acc)
        for a, b, s in self.adapters.values():
            total = total + s * (b.to(acc) @ a.to(acc))
        self.cached = (self.version, total.to(self.weight.dtype))
        return self.cached[1].clone()
