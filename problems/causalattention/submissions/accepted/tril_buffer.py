import math

import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)
        tril = torch.tril(torch.ones(max_len, max_len)).view(1, 1, max_len, max_len)
        self.register_buffer("tril", tril)

    def forward(self, x, mask=None):
        b, s, hidden = x.size()
        q, k, v = self.qkv(x).split(hidden, dim=2)
        q, k, v = (
            t.view(b, s, self.num_heads, hidden // self.num_heads).transpose(1, 2)
            for t in (q, k, v)
        )
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.tril[:, :, :s, :s] == 0, float("-inf"))
        if mask is not None:
            att = att.masked_fill(mask.reshape(b, 1, 1, s) == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        y = att @ v
        y = y.transpose(1, 2).contiguous().view(b, s, hidden)
        return self.proj(y)
