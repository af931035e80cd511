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
        rows = torch.stack(x.split(p, dim=2), 1)
        patches = torch.stack(rows.split(p, dim=4), 2).flatten(3).flatten(1, 2)
        return self.proj(patches) + self.pos
