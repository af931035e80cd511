import torch
from torch import nn


class DoRALinear(nn.Module):
    """Everything transposed: a column of what is kept is a row of the weight."""

    def __init__(self, base, r, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.rand(r, base.in_features) - 0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.magnitude = nn.Parameter(base.weight.T.norm(p=2, dim=0))
        self.register_buffer("scaling", torch.tensor(alpha / r, dtype=torch.float64))

    def transposed(self):
        update = self.lora_a.T @ self.lora_b.T
        v = self.base.weight.T + update * self.scaling.to(update.dtype)
        with torch.no_grad():
            norm = v.norm(p=2, dim=0, keepdim=True)
        return self.magnitude * (v / norm)

    def merged_weight(self):
        return self.transposed().T

    def forward(self, x):
        out = torch.matmul(x, self.transposed())
        return out + (self.base.bias if self.base.bias is not None else 0)
