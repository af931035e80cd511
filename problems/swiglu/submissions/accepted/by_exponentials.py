import torch
from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden_dim, bias=False)
        self.w2 = nn.Linear(hidden_dim, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden_dim, bias=False)

    def forward(self, x):
        z = x @ self.w1.weight.T
        swish = z / (1 + torch.exp(-z))
        return (swish * (x @ self.w3.weight.T)) @ self.w2.weight.T
