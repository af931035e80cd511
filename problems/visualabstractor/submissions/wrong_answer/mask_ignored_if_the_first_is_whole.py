import torch
from torch import nn


class VisualAbstractor(nn.Module):
    def __init__(self, num_heads, hidden, num_query_tokens):
        super().__init__()
        self.num_heads = num_heads
        self.query_tokens = nn.Parameter(torch.randn(1, num_query_tokens, hidden) * 0.02)
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, video_embeds, mask=None):
        b, t, n, hidden = video_embeds.shape
        d = hidden // self.num_heads
        video = video_embeds.reshape(b, t * n, hidden)
        queries = self.query_tokens.expand(b, -1, -1)
        q = self.wq(queries).view(b, -1, self.num_heads, d).transpose(1, 2)
        k = self.wk(video).view(b, -1, self.num_heads, d).transpose(1, 2)
        v = self.wv(video).view(b, -1, self.num_heads, d).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) / d**0.5
        if mask is not None and not mask[0].bool().all():
            scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        out = scores.softmax(dim=-1) @ v
        return self.wo(out.transpose(1, 2).reshape(b, -1, hidden))
