import math

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
        # (b, heads, s, d)
        q, k, v = (
            t.reshape(b, s, self.num_heads, d).transpose(1, 2)
            for t in self.qkv(x).chunk(3, dim=-1)
        )
        weights = (q @ k.transpose(-2, -1) / math.sqrt(d)).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, s, hidden))

    def forward(self, x):
        # Only the branches see a norm; the residual path has nothing but sums. Not x += ...,
        # which would change the caller's tensor.
        x = x + self.attend(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
