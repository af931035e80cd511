import torch
from torch import nn


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch_size, in_chans, dim):
        super().__init__()
        self.patch_size = patch_size
        n = (img_size // patch_size) ** 2
        self.proj = nn.Conv2d(in_chans, dim, patch_size, patch_size)
        self.pos = nn.Parameter(torch.zeros(1, n, dim))

    def forward(self, x):
        return self.proj(x).flatten(2).mT + self.pos
