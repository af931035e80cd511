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
        q, k, v = self.wq(x), self.wk(x), self.wv(x)
        d, heads = self.d, []
        for h in range(self.num_heads):
            g = h * self.num_kv_heads // self.num_heads
            own, shared = slice(h * d, (h + 1) * d), slice(g * d, (g + 1) * d)
            scores = torch.bmm(q[..., own], k[..., shared].mT) / d**0.5
            if mask is not None:
                scores = torch.where(mask.bool()[:, None, :], scores, -1e9)
            heads.append(torch.bmm(torch.softmax(scores, dim=2), v[..., shared]))
        return self.wo(torch.cat(heads, dim=-1))
