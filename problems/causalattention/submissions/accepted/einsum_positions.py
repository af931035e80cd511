import torch
from einops import einsum, rearrange
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        q, k, v = rearrange(self.qkv(x), "b s (three h d) -> three b h s d", three=3, h=self.num_heads)
        scores = einsum(q, k, "b h i d, b h j d -> b h i j") * q.shape[-1] ** -0.5
        at = torch.arange(s, device=x.device)
        allowed = (at[:, None] >= at[None, :]).expand(b, 1, s, s)
        if mask is not None:
            allowed = allowed & (mask != 0)[:, None, None, :]
        scores = torch.where(allowed, scores, torch.finfo(scores.dtype).min)
        out = einsum(scores.softmax(-1), v, "b h i j, b h j d -> b h i d")
        return self.proj(rearrange(out, "b h s d -> b s (h d)"))
