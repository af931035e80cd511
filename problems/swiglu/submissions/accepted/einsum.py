import torch
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        gate = torch.einsum("...d,hd->...h", x, self.w1.weight)
        up = torch.einsum("...d,hd->...h", x, self.w3.weight)
        return torch.einsum("...h,...h,...h,dh->...d", gate, gate.sigmoid(), up, self.w2.weight)
