# told: scale_by_hidden.py
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.h = num_heads
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x, mask=None):
        q, k, v = (w(x).unflatten(-1, (self.h, -1)).movedim(2, 1) for w in (self.wq, self.wk, self.wv))
        allowed = None if mask is None else (mask != 0)[:, None, None, :]
        out = F.scaled_dot_product_attention(q, k, v, allowed, scale=x.shape[-1] ** -0.5)
        return self.wo(out.movedim(1, 2).flatten(-2))
