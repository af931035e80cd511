import torch
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        gate = self.w1(x)
        up = self.w3(x)
        hidden = gate * torch.sigmoid(gate) * up
        return nn.functional.linear(hidden.float(), self.w2.weight.float()).to(x.dtype)
