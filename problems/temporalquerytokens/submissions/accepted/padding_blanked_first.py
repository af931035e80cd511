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
        count, d = self.num_frames, hidden // self.num_heads
        device = video_embeds.device
        own = torch.arange(t, device=device).lt(lengths.unsqueeze(1))
        video = torch.where(own[:, :, None, None], video_embeds, 0.0)
        # Which frame (b, count, t) a slot holds, as a matrix of ones and zeros.
        slot = torch.arange(count, device=device)
        middle = ((slot * 2 + 1) * lengths[:, None]).div(2 * count, rounding_mode="floor")
        frame = middle.where(lengths[:, None] >= count, slot)
        chosen = (frame[:, :, None] == torch.arange(t, device=device)) & own[:, None]
        x = torch.einsum("bft,btnc->bfnc", chosen.to(video.dtype), video)
        x = (x + self.frame_embeds.unsqueeze(1)).reshape(b, count * n, hidden)
        bias = torch.zeros(b, count, dtype=video.dtype, device=device)
        bias = bias.masked_fill(~chosen.any(-1), -torch.inf).repeat_interleave(n, dim=1)
        k = self.wk(x).view(b, -1, self.num_heads, d)
        v = self.wv(x).view(b, -1, self.num_heads, d)

        def read(tokens):
            q = self.wq(tokens[0]).view(-1, self.num_heads, d)
            scores = torch.einsum("qhd,bkhd->bhqk", q, k) * d**-0.5 + bias[:, None, None]
            return torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v).flatten(2)

        out = self.wo(read(self.query_tokens))
        more = chosen.any(-1).sum(-1) > 1
        temporal = self.temporal_wo(read(self.temporal_query_tokens))
        return out + torch.where(more[:, None, None], temporal, torch.zeros_like(temporal))
