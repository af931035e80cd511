import torch
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(text_dim, text_dim)

    def forward(self, image_features):
        return self.fc2(self.act(self.fc1(image_features)))


def splice(text_embeds, image_embeds, image_mask):
    # masked_scatter takes rows in order: text by text, from left to right.
    mask = image_mask.unsqueeze(-1).expand_as(text_embeds)
    return text_embeds.masked_scatter(mask, image_embeds.to(text_embeds.dtype))
