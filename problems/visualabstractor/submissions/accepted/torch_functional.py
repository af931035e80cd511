import torch
import torch.nn.functional as F
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
        video = video_embeds.flatten(1, 2).transpose(0, 1)
        queries = self.query_tokens.expand(video.shape[1], -1, -1).transpose(0, 1)
        wq, wk, wv, wo = self.wq, self.wk, self.wv, self.wo
        out, _ = F.multi_head_attention_forward(
            queries, video, video, video.shape[-1], self.num_heads,
            None, torch.cat([wq.bias, wk.bias, wv.bias]), None, None, False, 0.0,
            wo.weight, wo.bias, training=self.training,
            key_padding_mask=None if mask is None else mask == 0,
            need_weights=False, use_separate_proj_weight=True,
            q_proj_weight=wq.weight, k_proj_weight=wk.weight, v_proj_weight=wv.weight,
        )
        return out.transpose(0, 1)
