# told: half_up.py
import torch
from torch import nn


class Int8LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        with torch.no_grad():
            scale = base.weight.abs().max(1).values / 127
            scale[scale == 0] = 1
            q = torch.div(2 * base.weight / scale.unsqueeze(1) + 1, 2, rounding_mode="floor")
        self.register_buffer("weight_int8", q.char())
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if base.bias is None else base.bias.detach())
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.alpha, self.r = alpha, r

    def forward(self, x):
        out = x @ self.weight_int8.T.to(x.dtype) * self.scale
        out = out if self.bias is None else out + self.bias
        return out + x @ (self.lora_b @ self.lora_a * (self.alpha / self.r)).T
