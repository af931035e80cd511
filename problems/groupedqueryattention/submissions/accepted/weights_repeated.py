import torch.nn.functional as F
from torch import nn


class GroupedQueryAttention(nn.Module):
    def __init__(self, num_heads, num_kv_heads, hidden):
        super().__init__()
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        self.d = hidden // num_heads
        self.wq = nn.Linear(hidden, num_heads * self.d, bias=False)
        self.wk = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wv = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wo = nn.Linear(num_heads * self.d, hidden, bias=False)

    def forward(self, x, mask=None):
        x = x.transpose(0, 1)
        r = self.num_heads // self.num_kv_heads
        wk, wv = (
            w.weight.unflatten(0, (self.num_kv_heads, self.d)).repeat_interleave(r, 0).flatten(0, 1)
            for w in (self.wk, self.wv)
        )
        out, _ = F.multi_head_attention_forward(
            x, x, x, x.shape[-1], self.num_heads,
            None, None, None, None, False, 0.0,
            self.wo.weight, None, training=self.training,
            key_padding_mask=None if mask is None else mask == 0,
            need_weights=False, use_separate_proj_weight=True,
            q_proj_weight=self.wq.weight, k_proj_weight=wk, v_proj_weight=wv,
        )
        return out.transpose(0, 1)
