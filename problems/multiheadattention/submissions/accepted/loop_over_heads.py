import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.num_heads = num_heads
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        q, k, v = self.wq(x), self.wk(x), self.wv(x)
        d = q.shape[-1] // self.num_heads
        heads = []
        for h in range(self.num_heads):
            own = slice(h * d, (h + 1) * d)
            scores = torch.bmm(q[..., own], k[..., own].mT) / d**0.5
            if mask is not None:
                scores = torch.where(mask.bool()[:, None, :], scores, -1e9)
            heads.append(torch.bmm(torch.softmax(scores, dim=2), v[..., own]))
        return self.wo(torch.cat(heads, dim=-1))
