import torch
import torch.nn.functional as F
from einops import rearrange, repeat
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
        frames, there = self.slots(lengths)
        video = video_embeds.gather(1, self.spread(frames, video_embeds))
        keys = rearrange(video + self.frame_embeds[:, None, :], "b f n c -> b (f n) c")
        mask = repeat(there, "b f -> b 1 1 (f n)", n=video.shape[2])
        k, v = (self.heads(linear(keys)) for linear in (self.wk, self.wv))

        def read(tokens, linear):
            q = self.heads(self.wq(repeat(tokens, "1 q c -> b q c", b=len(keys))))
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            return linear(rearrange(out, "b h q d -> b q (h d)"))

        several = rearrange(there.sum(1) > 1, "b -> b 1 1")
        temporal = read(self.temporal_query_tokens, self.temporal_wo)
        plain = read(self.query_tokens, self.wo)
        return torch.where(several, plain + temporal, plain)

    def heads(self, x):
        return rearrange(x, "b s (h d) -> b h s d", h=self.num_heads)

    def slots(self, lengths):
        """The frame of each slot, (b, f), and whether it holds one."""
        slot = torch.arange(self.num_frames, device=lengths.device)
        length = lengths.unsqueeze(1)
        middle = ((slot + 0.5) * length / self.num_frames).floor().long()
        frame = torch.where(length >= self.num_frames, middle, slot)
        there = slot < length
        return frame.where(there, 0), there

    def spread(self, frames, video):
        return frames[:, :, None, None].expand(-1, -1, *video.shape[2:])
