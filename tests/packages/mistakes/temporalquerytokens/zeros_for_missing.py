# told: empty_slots_as_zeros.py
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
        """Each video with its own frames and nothing else: no mask, no padding."""
        return torch.stack(
            [self.read(one, int(n)) for one, n in zip(video_embeds, lengths, strict=True)]
        )

    def read(self, video, length):
        count = self.num_frames
        if length < count:
            frames = [min(i, length - 1) for i in range(count)]
        else:
            frames = [(2 * i + 1) * length // (2 * count) for i in range(count)]
        keys = video[frames] * (torch.arange(count, device=video.device) < length)[:, None, None] + self.frame_embeds[: len(frames), None]
        keys = keys.flatten(0, 1)
        out = self.wo(self.attend(self.query_tokens[0], keys))
        if min(length, count) > 1:
            out = out + self.temporal_wo(self.attend(self.temporal_query_tokens[0], keys))
        return out

    def attend(self, queries, keys):
        heads = zip(
            self.wq(queries).chunk(self.num_heads, -1),
            self.wk(keys).chunk(self.num_heads, -1),
            self.wv(keys).chunk(self.num_heads, -1),
            strict=True,
        )
        return torch.cat(
            [(q @ k.T / k.shape[1] ** 0.5).softmax(-1) @ v for q, k, v in heads], -1
        )
