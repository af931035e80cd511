import math

import torch
from torch import nn


class CachedAttention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.num_heads = num_heads
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, x, cache=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q = self.wq(x).view(b, s, self.num_heads, d).transpose(1, 2)
        k = self.wk(x).view(b, s, self.num_heads, d).transpose(1, 2)
        v = self.wv(x).view(b, s, self.num_heads, d).transpose(1, 2)
        past = 0
        if cache is not None:
            past = cache[0].shape[2]
            k = torch.cat([cache[0], k], dim=2)
            v = torch.cat([cache[1], v], dim=2)
        scores = q @ k.transpose(-2, -1) / math.sqrt(d)
        future = torch.ones(s, past + s, dtype=torch.bool, device=x.device).triu(past + 1)
        scores = scores.masked_fill(future, float("-inf"))
        best = scores.amax(dim=-1, keepdim=True).clamp(min=0)
        weights = (scores - best).exp()
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = (weights @ v).transpose(1, 2).reshape(b, s, hidden)
        return self.wo(out), (k, v)
