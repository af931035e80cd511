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
        patches = x.reshape(b, c, h // p, p, w // p, p)
        n = (h // p) * (w // p)
        rows = patches.permute(0, 2, 4, 1, 3, 5).reshape(b, n, c * p * p)
        patches = torch.zeros(b, n, c * p * p, dtype=x.dtype)
        patches = patches + rows
        return self.proj(patches) + self.pos
