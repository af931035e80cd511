import torch
from torch import nn


class Int8LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        w = base.weight.detach().clone()
        top = torch.maximum(w.max(1).values, -w.min(1).values)
        scale = torch.where(top == 0, 1.0, top / 127).to(w.dtype)
        q = torch.round(torch.einsum("oi,o->oi", w, 1 / scale))
        self.weight_int8 = nn.Parameter(q.to(dtype=torch.int8), requires_grad=False)
        self.scale = nn.Parameter(scale, requires_grad=False)
        self.register_buffer("bias", None if base.bias is None else base.bias.detach())
        self.lora_a = nn.Parameter(torch.rand(r, w.size(1)) - 0.5)
        self.lora_b = nn.Parameter(torch.zeros(w.size(0), r))
        self.register_buffer("scaling", torch.tensor(alpha / r, dtype=torch.float64))

    def forward(self, x):
        integers = self.weight_int8.to(x)
        out = torch.einsum("...i,oi,o->...o", x, integers, self.scale)
        low = torch.einsum("...i,ri,or->...o", x, self.lora_a, self.lora_b)
        out = out + self.scaling.to(low.dtype) * low
        return out if self.bias is None else out + self.bias
