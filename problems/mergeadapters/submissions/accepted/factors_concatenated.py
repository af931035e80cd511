import torch


class LoRAMerger:
    """All adapters as a single one, whose rank is the sum of theirs."""

    def __init__(self, weight):
        self.weight = weight.clone()
        self.factors = {}

    def add(self, name, a, b, alpha, weight=1.0):
        wide = torch.promote_types(a.dtype, torch.float32)
        self.factors[name] = (a.to(wide, copy=True), b.to(wide) * (weight * alpha / len(a)))

    def remove(self, name):
        del self.factors[name]

    def merged(self):
        if not self.factors:
            return self.weight.clone()
        a = torch.cat([a for a, _ in self.factors.values()], dim=0)
        b = torch.cat([b for _, b in self.factors.values()], dim=1)
        return torch.addmm(self.weight.to(a.dtype), b, a).to(self.weight.dtype)
