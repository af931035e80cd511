import torch
from torch import nn


class VisualAbstractor(nn.Module):
    """The projected queries are the same for every video: they are broadcast, not expanded."""

    def __init__(self, num_heads, hidden, num_query_tokens):
        super().__init__()
        self.num_heads = num_heads
        self.query_tokens = nn.Parameter(torch.randn(1, num_query_tokens, hidden) * 0.02)
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, video_embeds, mask=None):
        heads = (self.num_heads, -1)
        q = self.wq(self.query_tokens[0]).unflatten(-1, heads)
        k = self.wk(video_embeds).flatten(1, 2).unflatten(-1, heads)
        v = self.wv(video_embeds).flatten(1, 2).unflatten(-1, heads)
        scores = torch.einsum("qhd,bshd->bhqs", q, k) * q.shape[-1] ** -0.5
        if mask is not None:
            scores = scores + torch.where(mask.bool(), 0.0, -1e9).to(scores)[:, None, None]
        out = torch.einsum("bhqs,bshd->bqhd", scores.softmax(-1), v)
        return self.wo(out.flatten(2))
