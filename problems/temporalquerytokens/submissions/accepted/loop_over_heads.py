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
        rows = torch.arange(b, device=video_embeds.device)
        taken, masks = [], []
        for slot in range(self.num_frames):
            middle = torch.div(
                lengths * (2 * slot + 1), 2 * self.num_frames, rounding_mode="trunc"
            )
            frame = torch.where(lengths < self.num_frames, slot, middle)
            empty = frame >= lengths
            frame = frame.masked_fill(empty, 0)
            taken.append(video_embeds[rows, frame] + self.frame_embeds[slot])
            masks.append(empty[:, None].expand(b, n))
        keys, empty = torch.cat(taken, 1), torch.cat(masks, 1)
        k, v = self.wk(keys), self.wv(keys)
        found = []
        for tokens in (self.query_tokens, self.temporal_query_tokens):
            q, outs = self.wq(tokens), []
            for h in range(self.num_heads):
                own = slice(h * d, (h + 1) * d)
                scores = q[..., own] @ k[..., own].mT / d**0.5
                scores = scores - 1e30 * empty[:, None].to(scores.dtype)
                e = torch.exp(scores - scores.amax(-1, keepdim=True))
                outs.append(e @ v[..., own] / e.sum(-1, keepdim=True))
            found.append(torch.cat(outs, -1))
        single = (lengths == 1) if self.num_frames > 1 else torch.ones_like(lengths).bool()
        temporal = self.temporal_wo(found[1]).masked_fill(single[:, None, None], 0)
        return self.wo(found[0]) + temporal
