import math

import torch
import torch.nn.functional as F
from torch import nn


class Int8LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        weight = base.weight.detach()
        out_features, in_features = weight.shape
        absmax = weight.abs().amax(dim=1)
        scale = torch.where(absmax > 0, absmax / 127, torch.ones_like(absmax))
        q = torch.round(weight / scale[:, None]).to(torch.int8)
        self.register_buffer("weight_int8", q)
        self.register_buffer("scale", scale)
        bias = None if base.bias is None else base.bias.detach().clone()
        self.register_buffer("bias", bias)
        self.lora_a = nn.Parameter(torch.empty(r, in_features))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        self.lora_b = nn.Parameter(torch.zeros(out_features, r))
        self.scaling = alpha / r
        self.register_buffer("weight", q.to(scale.dtype) * scale[:, None], persistent=False)

    def forward(self, x):
        self.weight = self.weight_int8.to(x.dtype) * self.scale[:, None]
        out = F.linear(x, self.weight, self.bias)
        return out + self.scaling * (x @ self.lora_a.T @ self.lora_b.T)
