import torch
from torch import nn


class VisualAbstractor(nn.Module):
    """Picks the keys that may be attended by index, so there is no masked score."""

    def __init__(self, num_heads, hidden, num_query_tokens):
        super().__init__()
        self.num_heads = num_heads
        self.query_tokens = nn.Parameter(torch.randn(1, num_query_tokens, hidden) * 0.02)
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)

    def forward(self, video_embeds, mask=None):
        outs = []
        for i, video in enumerate(video_embeds):
            keys = torch.cat(list(video))
            if mask is not None:
                keys = keys[mask[i].nonzero().squeeze(1)]
            q, k, v = self.wq(self.query_tokens[0]), self.wk(keys), self.wv(keys)
            q, k, v = (x.view(len(x), self.num_heads, -1).permute(1, 0, 2) for x in (q, k, v))
            weights = (q @ k.mT / q.shape[-1] ** 0.5).float().softmax(-1).to(v.dtype)
            outs.append(self.wo((weights @ v).permute(1, 0, 2).flatten(1)))
        return torch.stack(outs)
