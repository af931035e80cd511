import torch
import torch.nn.functional as F
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
        q, k, v = (
            linear(x).reshape(b, s, self.num_heads, -1).transpose(1, 2)
            for linear in (self.wq, self.wk, self.wv)
        )
        if cache is None:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
            if s == 1:
                out = F.scaled_dot_product_attention(q, k, v)
            else:
                bias = torch.full((s, k.shape[2]), float("-inf"), dtype=x.dtype, device=x.device)
                bias = bias.triu(k.shape[2] - s + 1)
                out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.wo(out.transpose(1, 2).reshape(b, s, hidden)), (k, v)
