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
        t = 0 if cache is None else cache[0].shape[2]
        keys = x.new_empty(b, self.num_heads, t + s, d)
        values = torch.empty_like(keys)
        if cache is not None:
            keys[:, :, :t], values[:, :, :t] = cache
        keys[:, :, t:] = self.wk(x).view(b, s, -1, d).transpose(1, 2)
        values[:, :, t:] = self.wv(x).view(b, s, -1, d).transpose(1, 2)
        q = self.wq(x).view(b, s, -1, d).transpose(1, 2)
        scores = torch.matmul(q, keys.transpose(2, 3)) / d**0.5
        banned = torch.triu(torch.full((s, t + s), -1e9, dtype=x.dtype, device=x.device), t + 1)
        weights = torch.softmax((scores + banned).float(), dim=-1).to(x.dtype)
        out = (weights @ values).permute(0, 2, 1, 3).reshape(b, s, hidden)
        return self.wo(out), [keys, values]
