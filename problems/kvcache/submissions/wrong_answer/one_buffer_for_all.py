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
        self.buffers = {}

    def forward(self, x, cache=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        q = self.wq(x).view(b, s, self.num_heads, d).transpose(1, 2)
        k = self.wk(x).view(b, s, self.num_heads, d).transpose(1, 2)
        v = self.wv(x).view(b, s, self.num_heads, d).transpose(1, 2)
        past = 0
        if cache is not None:
            past = cache[0].shape[2]
        if (b, x.dtype) not in self.buffers:
            self.buffers[b, x.dtype] = torch.zeros(2, b, self.num_heads, 64, d, dtype=x.dtype, device=x.device)
        buffer = self.buffers[b, x.dtype]
        with torch.no_grad():
            buffer[0, :, :, past : past + s] = k
            buffer[1, :, :, past : past + s] = v
            if cache is not None and cache[0].data_ptr() != buffer.data_ptr():
                buffer[0, :, :, :past] = cache[0]
                buffer[1, :, :, :past] = cache[1]
        k, v = buffer[:, :, :, : past + s]
        scores = q @ k.transpose(-2, -1) / math.sqrt(d)
        future = torch.ones(s, past + s, dtype=torch.bool, device=x.device).triu(past + 1)
        scores = scores.masked_fill(future, float("-inf"))
        weights = scores.softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).reshape(b, s, hidden)
        return self.wo(out), (k, v)
