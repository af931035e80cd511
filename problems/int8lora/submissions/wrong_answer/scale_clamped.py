import torch
from torch import nn


class Int8LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r: int, alpha: float):
        super().__init__()
        with torch.no_grad():
            greatest = base.weight.abs().max(dim=1).values
            scale = (greatest / 127).clamp(min=1e-8)
            q = (base.weight / scale.unsqueeze(1)).round().clamp(-127, 127)
        self.register_buffer("weight_int8", q.to(torch.int8))
        self.register_buffer("scale", scale)
        self.bias = base.bias
        if self.bias is not None:
            self.bias.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features) / base.in_features**0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))
        self.r, self.alpha = r, alpha

    def forward(self, x):
        out = (x @ self.weight_int8.T.to(x.dtype)) * self.scale
        if self.bias is not None:
            out = out + self.bias
        return out + (x @ self.lora_a.T) @ self.lora_b.T * (self.alpha / self.r)
