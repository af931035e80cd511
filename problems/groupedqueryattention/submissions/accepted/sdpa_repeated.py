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
        q, k, v = (
            linear(x).reshape(b, s, -1, self.d).transpose(1, 2)
            for linear in (self.wq, self.wk, self.wv)
        )
        r = q.shape[1] // k.shape[1]
        k, v = (t.repeat_interleave(r, 1) for t in (k, v))
        bias = None
        if mask is not None:
            bias = torch.zeros(mask.shape, dtype=x.dtype, device=x.device)
            bias = bias.masked_fill(mask == 0, float("-inf"))[:, None, None]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.wo(out.transpose(1, 2).reshape(b, s, hidden))
