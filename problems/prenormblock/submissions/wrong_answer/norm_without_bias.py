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

    def normalise(self, x, norm):
        return F.layer_norm(x, x.shape[-1:], norm.weight) + 0 * norm.bias

    def attend(self, x):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q, k, v = self.qkv(x).reshape(b, s, 3, self.num_heads, d).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / math.sqrt(d)
        out = scores.softmax(dim=-1) @ v
        return self.proj(out.transpose(1, 2).reshape(b, s, hidden))

    def forward(self, x):
        x = x + self.attend(self.normalise(x, self.norm1))
        return x + self.fc2(F.gelu(self.fc1(self.normalise(x, self.norm2))))
