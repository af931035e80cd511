import torch.nn.functional as F
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        for name, sizes in dict(w1=(dim, hidden_dim), w2=(hidden_dim, dim), w3=(dim, hidden_dim)).items():
            setattr(self, name, nn.Linear(*sizes, bias=False))

    def forward(self, x):
        hidden = F.silu(self.w1(x))
        hidden = hidden.mul_(self.w3(x)) if not hidden.requires_grad else hidden * self.w3(x)
        return self.w2(hidden)
