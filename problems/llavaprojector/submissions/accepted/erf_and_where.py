import math

import torch
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)

    def forward(self, x):
        h = self.fc1(x)
        return self.fc2(h * 0.5 * (1.0 + torch.erf(h / math.sqrt(2.0))))


def splice(text_embeds, image_embeds, image_mask):
    if image_embeds.shape[0] == 0:
        return text_embeds
    place = (image_mask.flatten().cumsum(0) - 1).clamp(min=0).view_as(image_mask)
    return torch.where(image_mask.unsqueeze(-1), image_embeds[place], text_embeds)
