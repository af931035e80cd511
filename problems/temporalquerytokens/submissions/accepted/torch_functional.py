import torch
import torch.nn.functional as F
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
        count = self.num_frames
        slots = torch.arange(count, device=video_embeds.device).expand(b, -1)
        lengths = lengths[:, None]
        frames = torch.where(lengths > count, slots * lengths // count, slots)
        # The middle of the segment from there on: (2 s + 1) L / 2 F, in two steps.
        rest = slots * lengths % count
        middles = frames + (2 * rest + lengths) // (2 * count)
        frames = torch.where(lengths > count, middles, slots)
        empty = slots >= lengths
        frames = frames.masked_fill(empty, 0)
        video = torch.take_along_dim(video_embeds, frames[..., None, None], 1)
        keys = (video + self.frame_embeds[None, :, None]).flatten(1, 2).transpose(0, 1)
        queries = torch.cat([self.query_tokens, self.temporal_query_tokens], 1)
        one = torch.eye(hidden, dtype=keys.dtype, device=keys.device)
        out, _ = F.multi_head_attention_forward(
            queries.expand(b, -1, -1).transpose(0, 1), keys, keys, hidden, self.num_heads,
            None, torch.cat([self.wq.bias, self.wk.bias, self.wv.bias]), None, None, False, 0.0,
            one, None, key_padding_mask=empty.repeat_interleave(n, 1), need_weights=False,
            use_separate_proj_weight=True, q_proj_weight=self.wq.weight,
            k_proj_weight=self.wk.weight, v_proj_weight=self.wv.weight,
        )
        plain, temporal = out.transpose(0, 1).split(self.query_tokens.shape[1], 1)
        many = (~empty).sum(1)[:, None, None] > 1
        return self.wo(plain) + torch.where(many, self.temporal_wo(temporal), 0)
