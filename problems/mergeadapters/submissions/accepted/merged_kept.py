import torch


class LoRAMerger:
    """The merged weight is kept until the adapters change; a copy is handed out."""

    def __init__(self, weight):
        self._weight = weight.clone()
        self._adapters = {}
        self._merged = None

    def add(self, name, a, b, alpha, weight=1.0):
        self._adapters[name] = dict(a=a.clone(), b=b.clone(), alpha=alpha, weight=weight)
        self._merged = None

    def remove(self, name):
        self._adapters.pop(name)
        self._merged = None

    def merged(self):
        if self._merged is None:
            wide = torch.float64 if self._weight.dtype is torch.float64 else torch.float32
            total = self._weight.to(wide)
            for one in self._adapters.values():
                update = one["b"].to(wide) @ one["a"].to(wide)
                total = total + update * one["weight"] * one["alpha"] / one["a"].shape[0]
            self._merged = total.to(self._weight.dtype)
        return self._merged.clone()
