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

    def forward(self, x, mask=None):
        b, s, hidden = x.size()
        q, k, v = [
            torch.stack(linear(x).chunk(self.num_heads, dim=-1), dim=1)
            for linear in (self.wq, self.wk, self.wv)
        ]
        scores = q.matmul(k.transpose(2, 3)) / math.sqrt(hidden // self.num_heads)
        if mask is not None:
            scores = scores + (1.0 - mask.to(scores.dtype)).view(b, 1, 1, s) * -1e9
        weights = scores.float().softmax(-1).to(x.dtype)
        out = weights.matmul(v)
        return self.wo(torch.cat(out.unbind(dim=1), dim=-1))
