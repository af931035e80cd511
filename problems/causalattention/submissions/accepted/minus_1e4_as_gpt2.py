import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)
        self.register_buffer("bias", torch.tril(torch.ones(1, 1, max_len, max_len)))

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        q, k, v = (self.split(t) for t in self.qkv(x).split(hidden, dim=-1))
        w = torch.matmul(q, k.transpose(-1, -2)) / v.size(-1) ** 0.5
        seen = self.bias[:, :, :s, :s]
        w = w * seen - 1e4 * (1 - seen)
        if mask is not None:
            w = w + (1.0 - mask.to(x.dtype)[:, None, None, :]) * -1e9
        w = torch.softmax(w, dim=-1)
        out = torch.matmul(w, v).permute(0, 2, 1, 3).contiguous()
        return self.proj(out.view(b, s, hidden))

    def split(self, t):
        return t.view(t.size(0), t.size(1), self.num_heads, -1).permute(0, 2, 1, 3)
