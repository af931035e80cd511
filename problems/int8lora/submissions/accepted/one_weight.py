import math

import torch
from torch import nn


class Int8LoRALinear(nn.Module):
    """The update is added to the dequantised weight: one product with x."""

    def __init__(self, base, r, alpha):
        super().__init__()
        weight = base.weight.data
        greatest = torch.linalg.vector_norm(weight, ord=float("inf"), dim=1, keepdim=True)
        inverse = 127 / greatest.clamp(min=1e-12)
        self.register_buffer("weight_int8", (weight * inverse).round().char())
        self.register_buffer("scale", (greatest / 127).flatten())
        self.bias = None
        if base.bias is not None:
            self.bias = nn.Parameter(base.bias.detach().clone(), requires_grad=False)
        bound = 1 / math.sqrt(weight.shape[1])
        self.lora_a = nn.Parameter(weight.new_empty(r, weight.shape[1]).uniform_(-bound, bound))
        self.lora_b = nn.Parameter(weight.new_zeros(weight.shape[0], r))
        self.scaling = alpha / r

    def forward(self, x):
        weight = self.scale.view(-1, 1) * self.weight_int8
        weight = weight + self.scaling * torch.mm(self.lora_b, self.lora_a)
        return nn.functional.linear(x, weight, self.bias)
