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
        patches = [
            patch.flatten(1)
            for band in x.split(self.patch_size, dim=2)
            for patch in band.split(self.patch_size, dim=3)
        ]
        return torch.stack([self.proj(patch) for patch in patches], dim=1) + self.pos
