import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, num_heads, hidden, max_len):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)

    def forward(self, x, mask=None):
        x = x.transpose(0, 1)
        s = len(x)
        future = torch.triu(torch.ones(s, s, dtype=torch.bool, device=x.device), 1)
        out, _ = F.multi_head_attention_forward(
            x, x, x, x.shape[-1], self.num_heads,
            self.qkv.weight, self.qkv.bias, None, None, False, 0.0,
            self.proj.weight, self.proj.bias, training=self.training,
            key_padding_mask=None if mask is None else mask == 0,
            need_weights=False, attn_mask=future,
        )
        return out.transpose(0, 1)
