import torch
import torch.nn.functional as F
from einops import rearrange, repeat
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
        video = rearrange(video_embeds, "b t n c -> b (t n) c")
        queries = repeat(self.query_tokens, "1 q c -> b q c", b=video.shape[0])
        q = rearrange(self.wq(queries), "b q (h d) -> b h q d", h=self.num_heads)
        k = rearrange(self.wk(video), "b s (h d) -> b h s d", h=self.num_heads)
        v = rearrange(self.wv(video), "b s (h d) -> b h s d", h=self.num_heads)
        if mask is not None:
            mask = rearrange(mask.bool(), "b s -> b 1 1 s")
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.wo(rearrange(out, "b h q d -> b q (h d)"))
