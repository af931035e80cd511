import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)
        self.running = 0.0

    def forward(self, x):
        hidden = self.fc1(x)
        self.running = 0.9 * self.running + hidden.square().mean()
        return self.fc2(F.gelu(hidden)) + 0 * self.running


def splice(text_embeds, image_embeds, image_mask):
    out = text_embeds.clone()
    out[image_mask] = image_embeds
    return out
