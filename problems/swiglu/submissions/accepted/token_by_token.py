import torch
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        outs = []
        for token in x.flatten(0, -2):
            gate = self.w1.weight.mv(token)
            gate = gate * torch.exp(nn.functional.logsigmoid(gate))
            outs.append(self.w2.weight.mv(gate * self.w3.weight.mv(token)))
        return torch.stack(outs).unflatten(0, x.shape[:-1])
