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
        q, k, v = self.qkv(x).view(b, s, 3, self.num_heads, -1).unbind(2)
        outs = []
        for i in range(s):
            scores = (q[:, i, None] * k[:, : i + 1]).sum(-1) / q.shape[-1] ** 0.5
            if mask is not None:
                scores = scores.masked_fill(mask[:, : i + 1, None] == 0, float("-inf"))
            outs.append((scores.softmax(1).unsqueeze(-1) * v[:, : i + 1]).sum(1))
        return self.proj(torch.stack(outs, 1).reshape(b, s, hidden))
