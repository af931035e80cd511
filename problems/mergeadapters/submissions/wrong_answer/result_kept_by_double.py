import torch

class LoRAMerger:
    def __init__(self, weight):
        self.weight = weight.detach().clone()
        self.adapters = {}

    def add(self, name, a, b, alpha, weight=1.0):
        self.adapters[name] = (a.detach().clone(), b.detach().clone(), weight * alpha / a.shape[0])

    def remove(self, name):
        del self.adapters[name]

    def merged(self):
        acc = torch.float64
        total = self.weight.double()
        for a, b, s in self.adapters.values():
            total = total + s * (b.to(acc) @ a.to(acc))
        return total.to(self.weight.dtype)
