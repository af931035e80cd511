import math

from torch import nn


class GroupedQueryAttention(nn.Module):
    def __init__(self, num_heads, num_kv_heads, hidden):
        super().__init__()
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads
        self.d = hidden // num_heads
        self.wq = nn.Linear(hidden, hidden, bias=False)
        self.wk = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wv = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wo = nn.Linear(hidden, hidden, bias=False)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        q = self.wq(x).view(b, s, self.num_heads, self.d).transpose(1, 2)
        k = self.wk(x).view(b, s, self.num_kv_heads, self.d).transpose(1, 2)
        v = self.wv(x).view(b, s, self.num_kv_heads, self.d).transpose(1, 2)
        # The query heads of a group are neighbours: k0, k0, ..., k1, k1, ...
        k = k.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1)
        v = v.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1)
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.d)
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        weights = scores.softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).reshape(b, s, hidden)
        return self.wo(out)
