import torch
from torch import nn


class Projector(nn.Module):
    """The linears are reached through a Sequential as well."""

    def __init__(self, vision_dim: int, text_dim: int):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)
        self.layers = nn.Sequential(self.fc1, nn.GELU(), self.fc2)

    def forward(self, x):
        return self.layers(x)


def splice(text_embeds, image_embeds, image_mask):
    images = iter(image_embeds)
    rows = [
        torch.stack([next(images) if on else token for token, on in zip(row, mask)])
        for row, mask in zip(text_embeds, image_mask.tolist())
    ]
    return torch.stack(rows)
