import torch
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.joined = None
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        if self.joined is None:
            self.joined = torch.cat([self.w1.weight, self.w3.weight])
        gate, up = nn.functional.linear(x, self.joined).chunk(2, dim=-1)
        hidden = gate * torch.sigmoid(gate) * up
        return self.w2(hidden)
