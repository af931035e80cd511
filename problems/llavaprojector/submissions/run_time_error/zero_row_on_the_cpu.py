import torch
import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


def splice(text_embeds, image_embeds, image_mask):
    places = (image_mask.flatten().cumsum(0) * image_mask.flatten()).view(image_mask.shape)
    zero = torch.zeros(1, text_embeds.shape[-1], dtype=text_embeds.dtype)
    rows = torch.cat([zero, image_embeds])[places]
    return torch.where(image_mask[..., None], rows, text_embeds)
