import torch


class LoRAMerger:
    def __init__(self, weight):
        self.base = weight.detach().clone()
        self.dtype = torch.float64 if weight.dtype == torch.float64 else torch.float32
        self.updates = {}

    def add(self, name, a, b, alpha, weight=1.0):
        if weight == 0:
            # Nothing to add; the name must be there for `remove`.
            self.updates.setdefault(name, torch.zeros_like(self.base, dtype=self.dtype))
            return
        rank = b.shape[1]
        self.updates[name] = torch.matmul(b.to(self.dtype), a.to(self.dtype)) * (alpha / rank) * weight

    def remove(self, name):
        self.updates.pop(name)

    def merged(self):
        out = sum(self.updates.values(), self.base.to(self.dtype))
        return out.to(self.base.dtype) if self.updates else self.base.clone()
