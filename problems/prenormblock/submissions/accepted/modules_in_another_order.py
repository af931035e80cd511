import torch
from torch import nn


class PreNormBlock(nn.Module):
    """The modules are made in the order in which a forward pass ends with them."""

    def __init__(self, num_heads, hidden, inner):
        super().__init__()
        self.fc2, self.fc1 = nn.Linear(inner, hidden), nn.Linear(hidden, inner)
        self.norm2, self.norm1 = nn.LayerNorm(hidden, eps=1e-5), nn.LayerNorm(hidden, eps=1e-5)
        self.proj, self.qkv = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden * 3)
        self.heads = num_heads
        self.scale = (hidden // num_heads) ** -0.5
        self.act = nn.GELU()

    def forward(self, x):
        residual = x
        batch, length, hidden = x.shape
        x = self.qkv(self.norm1(x))
        x = x.reshape(batch, length, 3, self.heads, hidden // self.heads)
        q, k, v = x[:, :, 0], x[:, :, 1], x[:, :, 2]
        q, k, v = q.permute(0, 2, 1, 3), k.permute(0, 2, 3, 1), v.permute(0, 2, 1, 3)
        probabilities = torch.softmax(self.scale * torch.matmul(q, k), dim=3)
        x = torch.matmul(probabilities, v).permute(0, 2, 1, 3).contiguous()
        x = self.proj(x.view(batch, length, hidden)) + residual
        residual = x
        x = self.fc2(self.act(self.fc1(self.norm2(x))))
        return x + residual
