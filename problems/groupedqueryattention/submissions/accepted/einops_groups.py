import torch
from einops import rearrange
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
        q = rearrange(self.wq(x), "b s (g r d) -> b g r s d", g=self.num_kv_heads, d=self.d)
        k, v = (
            rearrange(t, "b s (g d) -> b g 1 s d", d=self.d) for t in (self.wk(x), self.wv(x))
        )
        scores = q @ k.mT / self.d**0.5
        if mask is not None:
            allowed = rearrange(mask != 0, "b s -> b 1 1 1 s")
            scores = torch.where(allowed, scores, float("-inf"))
        scores = scores - scores.amax(-1, keepdim=True)
        shares = scores.exp()
        shares = shares / shares.sum(-1, keepdim=True)
        return self.wo(rearrange(shares @ v, "b g r s d -> b s (g r d)"))
