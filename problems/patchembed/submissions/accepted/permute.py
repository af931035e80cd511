import torch
from torch import nn


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch_size, in_chans, dim):
        super().__init__()
        self.patch_size = patch_size
        n = (img_size // patch_size) ** 2
        self.proj = nn.Linear(in_chans * patch_size**2, dim)
        self.pos = nn.Parameter(torch.zeros(1, n, dim))

    def forward(self, x):
        b, c, h, w = x.shape
        p = self.patch_size
        # (b, c, rows, p, columns, p)
        x = x.reshape(b, c, h // p, p, w // p, p)
        # (b, rows, columns, c, p, p)
        x = x.permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * p * p)
        return self.proj(x) + self.pos
