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
        group = torch.arange(self.num_heads, device=x.device) // (self.num_heads // self.num_kv_heads)
        q = self.wq(x).view(b, s, self.num_heads, self.d).transpose(1, 2)
        k = self.wk(x).view(b, s, -1, self.d).transpose(1, 2)[:, group]
        v = self.wv(x).view(b, s, -1, self.d).transpose(1, 2).index_select(1, group)
        scores = q.matmul(k.transpose(2, 3)) * self.d**-0.5
        if mask is not None:
            scores = scores.masked_fill((mask == 0)[:, None, None], float("-inf"))
        out = (scores - scores.logsumexp(-1, keepdim=True)).exp() @ v
        return self.wo(out.transpose(1, 2).reshape(b, s, hidden))
