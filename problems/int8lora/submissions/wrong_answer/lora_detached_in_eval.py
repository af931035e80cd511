import torch
from torch import nn
import torch.nn.functional as F

class Int8LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, r, alpha):
        super().__init__()
        w = base.weight.detach()
        scale = w.abs().amax(1) / 127
        q = torch.round(w / torch.where(scale > 0, scale, 1.0)[:, None]).to(torch.int8)
        self.register_buffer("weight_int8", q)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if base.bias is None else base.bias.detach().clone())
        self.scaling = alpha / r
        self.lora_a = nn.Parameter(torch.randn(r, base.in_features) * 0.02)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        w = self.weight_int8.to(x.dtype) * self.scale[:, None]
        return F.linear(x, w, self.bias) + self.scaling * (F.linear(F.linear(x, self.lora_a), self.lora_b) if self.training else F.linear(x, self.lora_b.detach() @ self.lora_a.detach()))
