import math

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        # (b, heads, s, d)
        q = q.view(b, s, self.num_heads, d).transpose(1, 2)
        k = k.view(b, s, self.num_heads, d).transpose(1, 2)
        v = v.view(b, s, self.num_heads, d).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) / math.sqrt(d)
        future = torch.ones(s, s, dtype=torch.bool, device=x.device).triu(1)
        # Before the softmax, so that each row sums to 1 over what is left.
        scores = scores.masked_fill(future, float("-inf"))
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        weights = scores.softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).reshape(b, s, hidden)
        return self.proj(out)
