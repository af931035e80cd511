from math import sqrt

from einops import rearrange
from torch import matmul, nn, softmax


class Attention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.hidden = hidden
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.num_heads = num_heads
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        q, k, v = (
            rearrange(w(x), "b s (head h) -> b head s h", head=self.num_heads)
            for w in (self.wq, self.wk, self.wv)
        )
        scores = matmul(q, k.transpose(-1, -2)) / sqrt(self.hidden / self.num_heads)
        if mask is not None:
            mask = rearrange(mask, "b s -> b 1 1 s")
            scores = scores.masked_fill(mask == 0, float("-inf"))
        attention = softmax(scores, dim=-1)
        return self.wo(rearrange(matmul(attention, v), "b head s h -> b s (head h)"))
