# told: subtracted.py
import torch


class LoRAMerger:
    def __init__(self, weight):
        self.own = weight.dtype
        wide = torch.float64 if weight.dtype == torch.float64 else torch.float32
        self.merged_weight = weight.to(wide, copy=True)
        self.active = {}

    def add(self, name, a, b, alpha, weight=1.0):
        if name in self.active:
            self.remove(name)
        wide = self.merged_weight.dtype
        self.active[name] = b.to(wide).matmul(a.to(wide)).mul(alpha / a.size(0) * weight)
        self.merged_weight = self.merged_weight + self.active[name]

    def remove(self, name):
        self.merged_weight = self.merged_weight - self.active.pop(name)

    def merged(self):
        return self.merged_weight.clone().to(self.own)
