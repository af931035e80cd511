import torch
import torch.nn.functional as F
from torch import nn


class GroupedQueryAttention(nn.Module):
    def __init__(self, num_heads, num_kv_heads, hidden):
        super().__init__()
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        self.d = hidden // num_heads
        self.wq = nn.Linear(hidden, num_heads * self.d, bias=False)
        self.wk = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wv = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wo = nn.Linear(num_heads * self.d, hidden, bias=False)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        n, g, d = self.num_heads, self.num_kv_heads, self.d
        weight = torch.cat([self.wq.weight, self.wk.weight, self.wv.weight])
        qkv = F.linear(x, weight).view(b, s, n + 2 * g, d).transpose(1, 2)
        q, k, v = qkv.split([n, g, g], dim=1)
        outs = []
        for queries, key, value in zip(q.chunk(g, 1), k.split(1, 1), v.split(1, 1)):
            scores = queries @ key.mT / d**0.5
            if mask is not None:
                scores = scores.masked_fill(mask.eq(0).reshape(b, 1, 1, s), float("-inf"))
            outs.append(scores.softmax(-1) @ value)
        return self.wo(torch.cat(outs, 1).transpose(1, 2).reshape(b, s, hidden))
