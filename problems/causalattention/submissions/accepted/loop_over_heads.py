import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        qkv = self.qkv(x)
        banned = torch.full((s, s), -1e9, dtype=x.dtype, device=x.device)
        banned = torch.triu(banned, diagonal=1)
        heads = []
        for h in range(self.num_heads):
            q, k, v = (qkv[..., i * hidden + h * d : i * hidden + (h + 1) * d] for i in range(3))
            scores = torch.bmm(q, k.mT) / d**0.5 + banned
            if mask is not None:
                scores = scores.masked_fill(~mask.bool().unsqueeze(1), -1e9)
            heads.append(torch.bmm(torch.softmax(scores, dim=2), v))
        return self.proj(torch.cat(heads, dim=-1))
