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
        cut = [
            x[:, :, i : i + p, j : j + p].flatten(1)
            for i in range(0, h, p)
            for j in range(0, w, p)
        ]
        patches = torch.stack(cut, dim=1)
        return self.proj(patches) + self.pos
