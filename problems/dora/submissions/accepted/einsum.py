import torch
from torch import nn


class DoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        out, inputs = base.weight.size()
        self.lora_a = nn.Parameter(torch.randn(r, inputs) * inputs**-0.5)
        self.lora_b = nn.Parameter(torch.zeros(out, r))
        self.magnitude = nn.Parameter(torch.einsum("oi,oi->o", base.weight, base.weight).sqrt())
        self.base = base
        self.alpha, self.r = alpha, r
        for parameter in self.base.parameters():
            parameter.requires_grad = False

    def merged_weight(self):
        low = torch.einsum("or,ri->oi", self.lora_b, self.lora_a)
        whole = low * self.alpha / self.r + self.base.weight
        length = torch.einsum("oi,oi->o", whole, whole).sqrt().detach()
        return torch.einsum("o,oi->oi", self.magnitude / length, whole)

    def forward(self, x):
        out = torch.einsum("...i,oi->...o", x, self.merged_weight())
        if self.base.bias is not None:
            out = out + self.base.bias
        return out
