import math

import torch
from torch import nn


class Int8LoRALinear(nn.Module):
    """The two factors are linears; their weights are known as lora_a and lora_b too."""

    def __init__(self, base, r, alpha):
        super().__init__()
        self.quantise(base.weight.detach())
        bias = base.bias if base.bias is None else base.bias.detach().clone()
        self.register_buffer("bias", bias)
        self.down = nn.Linear(base.in_features, r, bias=False)
        self.up = nn.Linear(r, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)
        self.lora_a, self.lora_b = self.down.weight, self.up.weight
        self.scaling = alpha / r

    def quantise(self, weight):
        rows, scales = [], []
        for row in weight:
            scale = row.abs().max() / 127
            scale = scale if scale > 0 else torch.ones_like(scale)
            rows.append(torch.round(row / scale).to(torch.int8))
            scales.append(scale)
        self.register_buffer("weight_int8", torch.stack(rows))
        self.register_buffer("scale", torch.stack(scales))

    def forward(self, x):
        with torch.no_grad():
            weight = torch.mul(self.weight_int8, self.scale.unsqueeze(-1))
        out = torch.matmul(x, weight.t()) + self.up(self.down(x)) * self.scaling
        return out + self.bias if self.bias is not None else out
