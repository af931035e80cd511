import math

import torch
from torch import nn


class TemporalAbstractor(nn.Module):
    def __init__(self, num_heads, hidden, num_query_tokens, num_frames):
        super().__init__()
        self.num_heads = num_heads
        self.num_frames = num_frames
        self.query_tokens = nn.Parameter(torch.randn(1, num_query_tokens, hidden) * 0.02)
        self.temporal_query_tokens = nn.Parameter(torch.randn(1, num_query_tokens, hidden) * 0.02)
        self.frame_embeds = nn.Parameter(torch.zeros(num_frames, hidden))
        self.wq = nn.Linear(hidden, hidden)
        self.wk = nn.Linear(hidden, hidden)
        self.wv = nn.Linear(hidden, hidden)
        self.wo = nn.Linear(hidden, hidden)
        self.temporal_wo = nn.Linear(hidden, hidden)

    def forward(self, video_embeds, lengths):
        """Every patch of every frame is projected where it counts; a table of the slots is filled."""
        b, _, n, hidden = video_embeds.shape
        count, heads = self.num_frames, self.num_heads
        table = video_embeds.new_zeros(b, count, n, hidden)
        held = torch.zeros(b, count, dtype=torch.bool, device=video_embeds.device)
        for i in range(b):
            length = lengths[i].item()
            some = min(length, count)
            if length <= count:
                index = torch.arange(some, device=video_embeds.device)
            else:
                index = torch.arange(1, 2 * count, 2, device=video_embeds.device)
                index = (index * length) // (2 * count)
            table[i, :some] = video_embeds[i].index_select(0, index)
            held[i, :some] = True
        table = table + self.frame_embeds.view(1, count, 1, hidden)
        keys = table.view(b, -1, hidden)
        both = torch.cat((self.query_tokens, self.temporal_query_tokens), dim=1).repeat(b, 1, 1)
        q, k, v = (
            x.unflatten(2, (heads, hidden // heads)).transpose(1, 2)
            for x in (self.wq(both), self.wk(keys), self.wv(keys))
        )
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(hidden // heads)
        hidden_keys = ~held[:, None, None, :, None].expand(-1, -1, -1, -1, n).flatten(3)
        scores = scores.masked_fill(hidden_keys, torch.finfo(scores.dtype).min)
        out = torch.matmul(torch.softmax(scores, dim=-1), v).transpose(1, 2).flatten(2)
        q = self.query_tokens.shape[1]
        result = self.wo(out[:, :q])
        factor = (held.sum(1) > 1).to(result.dtype)[:, None, None]
        return result + factor * self.temporal_wo(out[:, q:])
