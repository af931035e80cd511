import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.num_heads = num_heads
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)
        self.fused = None

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        if self.fused is None:
            linears = (self.wq, self.wk, self.wv)
            self.fused = torch.cat([w.weight for w in linears]), torch.cat([w.bias for w in linears])
        qkv = nn.functional.linear(x, *self.fused)
        q, k, v = qkv.view(b, s, 3, self.num_heads, d).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / math.sqrt(d)
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        out = scores.softmax(dim=-1) @ v
        return self.wo(out.transpose(1, 2).reshape(b, s, hidden))
