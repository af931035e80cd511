import math

import torch.nn.functional as F
from torch import nn


class PreNormBlock(nn.Module):
    def __init__(self, num_heads, hidden, inner):
        super().__init__()
        self.num_heads = num_heads
        self.norm1 = nn.LayerNorm(hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.proj = nn.Linear(hidden, hidden)
        self.norm2 = nn.LayerNorm(hidden)
        self.fc1 = nn.Linear(hidden, inner)
        self.fc2 = nn.Linear(inner, hidden)

    def norm(self, x, norm):
        return F.layer_norm(x, x.shape[-1:], norm.weight.float(), norm.bias.float(), norm.eps)

    def linear(self, x, linear):
        return F.linear(x, linear.weight.float(), linear.bias.float())

    def attend(self, x):
        b, s, hidden = x.shape
        d = hidden // self.num_heads
        qkv = self.linear(x, self.qkv).reshape(b, s, 3, self.num_heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / math.sqrt(d)
        out = scores.softmax(dim=-1) @ v
        return self.linear(out.transpose(1, 2).reshape(b, s, hidden), self.proj)

    def forward(self, x):
        dtype = x.dtype
        x = x.float()
        x = x + self.attend(self.norm(x, self.norm1))
        inner = F.gelu(self.linear(self.norm(x, self.norm2), self.fc1))
        return (x + self.linear(inner, self.fc2)).to(dtype)
