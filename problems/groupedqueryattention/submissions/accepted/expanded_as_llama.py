import math

import torch
import torch.nn.functional as F
from torch import nn


def repeat_kv(x, n_rep):
    bs, n_kv, slen, d = x.shape
    if n_rep == 1:
        return x
    x = x[:, :, None, :, :].expand(bs, n_kv, n_rep, slen, d)
    return x.reshape(bs, n_kv * n_rep, slen, d)


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
        b, s, _ = x.shape
        xq = self.wq(x).view(b, s, self.num_heads, self.d).transpose(1, 2)
        xk = self.wk(x).view(b, s, self.num_kv_heads, self.d).transpose(1, 2)
        xv = self.wv(x).view(b, s, self.num_kv_heads, self.d).transpose(1, 2)
        n_rep = self.num_heads // self.num_kv_heads
        keys, values = repeat_kv(xk, n_rep), repeat_kv(xv, n_rep)
        scores = torch.matmul(xq, keys.transpose(2, 3)) / math.sqrt(self.d)
        if mask is not None:
            bias = (1.0 - mask.to(x.dtype)) * torch.finfo(x.dtype).min
            scores = scores + bias[:, None, None, :]
        scores = F.softmax(scores.float(), dim=-1).type_as(xq)
        output = torch.matmul(scores, values)
        return self.wo(output.transpose(1, 2).contiguous().view(b, s, -1))
