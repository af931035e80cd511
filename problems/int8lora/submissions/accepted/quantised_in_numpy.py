import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def quantise(weight):
    """Rows of integers of eight bits, and the step of each row."""
    values = weight.detach().cpu().numpy()
    steps = np.abs(values).max(axis=1) / values.dtype.type(127)
    steps[steps == 0] = 1
    integers = np.rint(values / steps[:, None]).astype(np.int8)
    return torch.from_numpy(integers), torch.from_numpy(steps)


class Int8LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        integers, steps = quantise(base.weight)
        self.register_buffer("weight_int8", integers)
        self.register_buffer("scale", steps)
        self.bias = None
        if base.bias is not None:
            self.bias = nn.Parameter(base.bias.detach().clone()).requires_grad_(False)
        self.lora_a = nn.Parameter(torch.empty(r, base.in_features).normal_(std=0.02))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.factor = alpha / r

    def forward(self, x):
        frozen = F.linear(x, self.weight_int8.type_as(x)) * self.scale
        learnt = F.linear(F.linear(x * self.factor, self.lora_a), self.lora_b)
        total = frozen + learnt
        return total if self.bias is None else total + self.bias
