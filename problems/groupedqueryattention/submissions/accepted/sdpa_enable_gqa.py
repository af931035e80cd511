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
        q = self.wq(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        k = self.wk(x).unflatten(-1, (self.num_kv_heads, -1)).transpose(1, 2)
        v = self.wv(x).unflatten(-1, (self.num_kv_heads, -1)).transpose(1, 2)
        keep = None if mask is None else mask.bool()[:, None, None, :]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep, enable_gqa=True)
        return self.wo(out.transpose(1, 2).flatten(2))
