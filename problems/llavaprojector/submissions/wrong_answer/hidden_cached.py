import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)
        self.cache = {}

    def forward(self, x):
        hidden = self.cache.setdefault(x.shape, self.fc1(x))
        return self.fc2(F.gelu(hidden))


def splice(text_embeds, image_embeds, image_mask):
    out = text_embeds.clone()
    out[image_mask] = image_embeds
    return out
