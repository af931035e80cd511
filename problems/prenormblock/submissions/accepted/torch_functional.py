import math

import torch
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

    def forward(self, x):
        y = self.norm1(x).transpose(0, 1)
        attended, _ = F.multi_head_attention_forward(
            y, y, y, x.shape[-1], self.num_heads, self.qkv.weight, self.qkv.bias,
            None, None, False, 0.0, self.proj.weight, self.proj.bias,
            training=self.training, need_weights=False,
        )
        x = x + attended.transpose(0, 1)
        y = F.layer_norm(x, x.shape[-1:], self.norm2.weight, self.norm2.bias, 1e-5)
        y = F.linear(F.gelu(F.linear(y, self.fc1.weight, self.fc1.bias)), self.fc2.weight, self.fc2.bias)
        return x + y
