import torch
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
        q = self.wq(x).reshape(b, s, self.num_kv_heads, -1, self.d) * self.d**-0.5
        k = self.wk(x).reshape(b, s, self.num_kv_heads, self.d)
        v = self.wv(x).reshape(b, s, self.num_kv_heads, self.d)
        scores = torch.einsum("bigrd,bjgd->bgrij", q, k)
        if mask is not None:
            scores = scores.masked_fill(~mask.bool()[:, None, None, None], -1e9)
        out = torch.einsum("bgrij,bjgd->bigrd", scores.softmax(-1), v)
        return self.wo(out.reshape(b, s, hidden))
