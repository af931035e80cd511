import math

import torch
import torch.nn.functional as F
from torch import nn


class PreNormBlock(nn.Module):
    def __init__(self, num_heads, hidden, inner):
        super().__init__()
        self.num_heads = num_heads
        self.norm1 = nn.LayerNorm(hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)
        self.norm2 = nn.LayerNorm(hidden)
        self.fc1 = nn.Linear(hidden, inner)
        self.fc2 = nn.Linear(inner, hidden)

    def forward(self, x):
        h = self.num_heads
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, h, -1)).unbind(2)
        weights = torch.einsum("bihd,bjhd->bhij", q, k).div(q.shape[-1] ** 0.5).softmax(-1)
        mixed = torch.einsum("bhij,bjhd->bihd", weights, v).flatten(2)
        x = torch.add(x, self.proj(mixed))
        inner = self.fc1(self.norm2(x))
        inner = 0.5 * inner * (1 + torch.erf(inner / math.sqrt(2)))
        return torch.add(x, self.fc2(inner))
