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
        self.register_buffer("scale", torch.tensor((hidden // num_heads) ** -0.5))

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        shape = (b, s, self.num_heads, hidden // self.num_heads)
        q = self.wq(x).reshape(shape) * self.scale
        k = self.wk(x).reshape(shape)
        v = self.wv(x).reshape(shape)
        scores = torch.einsum("bihd,bjhd->bhij", q, k)
        if mask is not None:
            scores.masked_fill_(~mask.bool()[:, None, None], torch.finfo(scores.dtype).min)
        out = torch.einsum("bhij,bjhd->bihd", torch.softmax(scores, -1), v)
        return self.wo(out.reshape(b, s, hidden))
