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

    def attend(self, x):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q, k, v = self.qkv(x).reshape(b, s, 3, self.num_heads, d).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / math.sqrt(d)
        scores = scores.masked_fill(torch.ones_like(scores).triu(1) > 0, -math.inf)
        out = scores.softmax(dim=-1) @ v
        return self.proj(out.transpose(1, 2).reshape(b, s, hidden))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
