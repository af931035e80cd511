# told: none
from torch import nn


class Attention(nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.h = num_heads
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x, mask=None):
        q, k, v = (w(x).unflatten(-1, (self.h, -1)).movedim(2, 1) for w in (self.wq, self.wk, self.wv))
        scores = q @ k.mT * (0.5 * q.shape[-1] ** -0.5)
        if mask is not None:
            scores = scores.masked_fill((mask == 0)[:, None, None, :], float("-inf"))
        return self.wo((scores.softmax(-1) @ v).movedim(1, 2).flatten(-2))
