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
        b, t, n, hidden = video_embeds.shape
        d = hidden // self.num_heads
        count = self.num_frames
        length = lengths[:, None]
        slots = torch.arange(count, device=video_embeds.device)
        middles = ((slots + 0.5) / count * length).long()
        frames = torch.where(length < count, slots, middles)
        there = slots < length
        frames = torch.minimum(frames, length - 1)
        video = video_embeds[torch.arange(b, device=video_embeds.device)[:, None], frames]
        keys = (video + self.frame_embeds[:, None]).flatten(1, 2)
        mask = there.repeat_interleave(n, 1)
        queries = torch.cat([self.query_tokens, self.temporal_query_tokens], 1).expand(b, -1, -1)
        q = self.wq(queries).reshape(b, -1, self.num_heads, d).transpose(1, 2)
        k = self.wk(keys).reshape(b, -1, self.num_heads, d).transpose(1, 2)
        v = self.wv(keys).reshape(b, -1, self.num_heads, d).transpose(1, 2)
        scores = q @ k.mT / d**0.5
        scores = scores.masked_fill(~mask[:, None, None], float("-inf"))
        out = scores.softmax(-1) @ v
        plain, temporal = out.transpose(1, 2).reshape(b, -1, hidden).chunk(2, 1)
        several = there.sum(1) > 1
        temporal = self.temporal_wo(temporal).masked_fill(~several[:, None, None], 0)
        return self.wo(plain) + temporal
