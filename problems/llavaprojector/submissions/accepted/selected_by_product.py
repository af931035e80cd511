import torch
import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)

    def forward(self, x):
        shape = x.shape[:-1]
        x = x.reshape(-1, x.shape[-1])
        return self.fc2(F.gelu(self.fc1(x))).reshape(*shape, -1)


def splice(text_embeds, image_embeds, image_mask):
    """A 0/1 matrix (b*s, m) puts the image tokens into their places."""
    b, s, d = text_embeds.shape
    flat = image_mask.reshape(-1)
    rows = torch.eye(b * s, dtype=text_embeds.dtype, device=text_embeds.device)[:, flat]
    kept = text_embeds * (~image_mask).unsqueeze(-1).to(text_embeds.dtype)
    return kept + (rows @ image_embeds).reshape(b, s, d)
