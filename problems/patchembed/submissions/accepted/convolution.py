import torch
import torch.nn.functional as F
from torch import nn


class PatchEmbed(nn.Module):
    """The linear's weight seen as a kernel: a convolution with stride = patch size."""

    def __init__(self, img_size, patch_size, in_chans, dim):
        super().__init__()
        self.patch_size = patch_size
        n = (img_size // patch_size) ** 2
        self.proj = nn.Linear(in_chans * patch_size**2, dim)
        self.pos = nn.Parameter(torch.zeros(1, n, dim))

    def forward(self, x):
        p = self.patch_size
        kernel = self.proj.weight.view(-1, x.shape[1], p, p)
        return F.conv2d(x, kernel, self.proj.bias, stride=p).flatten(2).transpose(1, 2) + self.pos
