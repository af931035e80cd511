import math

import torch
import torch.nn.functional as F
from torch import nn


class PreNormBlock(nn.Module):
    def __init__(self, num_heads, hidden, inner):
        super().__init__()
        self.num_heads = num_heads
        self.eps = 1e-5
        self.norm1 = nn.LayerNorm(hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)
        self.norm2 = nn.LayerNorm(hidden)
        self.fc1 = nn.Linear(hidden, inner)
        self.fc2 = nn.Linear(inner, hidden)

    def normalise(self, x, norm):
        mean = x.mean(dim=-1, keepdim=True)
        centred = x - mean
        var = centred.pow(2).mean(dim=-1, keepdim=True)
        return centred * torch.rsqrt(var + self.eps) * norm.weight + norm.bias

    def forward(self, x):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q, k, v = self.qkv(self.normalise(x, self.norm1)).split(hidden, dim=2)
        heads = []
        for i in range(self.num_heads):
            own = slice(i * d, (i + 1) * d)
            scores = torch.bmm(q[..., own], k[..., own].transpose(1, 2)) * d**-0.5
            heads.append(torch.bmm(F.softmax(scores, -1), v[..., own]))
        h = x + self.proj(torch.cat(heads, dim=-1))
        return h + self.fc2(F.gelu(self.fc1(self.normalise(h, self.norm2)), approximate="none"))
