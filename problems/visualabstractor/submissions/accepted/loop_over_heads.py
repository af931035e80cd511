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
        video = video_embeds.flatten(1, 2)
        queries = self.query_tokens.repeat(len(video), 1, 1)
        heads = zip(
            self.wq(queries).chunk(self.num_heads, -1),
            self.wk(video).chunk(self.num_heads, -1),
            self.wv(video).chunk(self.num_heads, -1),
        )
        outs = []
        for q, k, v in heads:
            scores = torch.bmm(q, k.mT) / q.shape[-1] ** 0.5
            if mask is not None:
                scores = scores.masked_fill(~mask.bool()[:, None], torch.finfo(scores.dtype).min)
            outs.append(torch.bmm(scores.softmax(-1), v))
        return self.wo(torch.cat(outs, -1))
