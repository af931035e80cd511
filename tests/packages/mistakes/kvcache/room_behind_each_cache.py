# told: written_behind_the_old_cache.py
import math

import torch
from torch import nn


class CachedAttention(nn.Module):
    """Caches that the module has made itself have room for 64 tokens more, found by their id."""

    def __init__(self, num_heads, hidden):
        super().__init__()
        self.num_heads = num_heads
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(hidden, hidden) for _ in range(4))
        self.rooms = {}

    def forward(self, x, cache=None):
        b, s, hidden = x.shape
        heads = self.num_heads
        q, *new = (w(x).view(b, s, heads, -1).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
        t = 0 if cache is None else cache[0].shape[2]
        if cache is not None and id(cache[0]) in self.rooms:
            rooms = self.rooms[id(cache[0])][1]
        else:
            rooms = [x.new_empty(b, heads, t + s + 64, hidden // heads) for _ in range(2)]
            for room, old in zip(rooms, cache or ()):
                room[:, :, :t] = old
        for room, tokens in zip(rooms, new):
            room[:, :, t : t + s] = tokens
        k, v = (room[:, :, : t + s] for room in rooms)
        self.rooms[id(k)] = k, rooms
        ahead = torch.ones(s, t + s, dtype=torch.bool, device=x.device).triu(t + 1)
        scores = (q @ k.mT / math.sqrt(hidden / heads)).masked_fill(ahead, -math.inf)
        out = scores.softmax(-1) @ v
        return self.wo(out.transpose(1, 2).reshape(b, s, hidden)), (k, v)
