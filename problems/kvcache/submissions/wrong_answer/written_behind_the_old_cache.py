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
        self.room = 64

    def forward(self, x, cache=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q = self.wq(x).view(b, s, self.num_heads, d).transpose(1, 2)
        k = self.wk(x).view(b, s, self.num_heads, d).transpose(1, 2)
        v = self.wv(x).view(b, s, self.num_heads, d).transpose(1, 2)
        past = 0
        with torch.no_grad():
            base = None if cache is None else cache[0]._base
            if cache is not None:
                past = cache[0].shape[2]
            if base is None or base.dim() != 5 or base.shape[3] != self.room:
                base = torch.zeros(2, b, self.num_heads, self.room, d, dtype=x.dtype, device=x.device)
                if cache is not None:
                    base[0, :, :, :past], base[1, :, :, :past] = cache
            base[0, :, :, past : past + s] = k
            base[1, :, :, past : past + s] = v
        k, v = base[0, :, :, : past + s], base[1, :, :, : past + s]
        scores = q @ k.transpose(-2, -1) / math.sqrt(d)
        future = torch.ones(s, past + s, dtype=torch.bool, device=x.device).triu(past + 1)
        scores = scores.masked_fill(future, float("-inf"))
        weights = scores.softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).reshape(b, s, hidden)
        return self.wo(out), (k, v)
