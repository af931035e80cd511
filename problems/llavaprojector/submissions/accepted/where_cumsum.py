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
    if image_embeds.shape[0] == 0:
        return text_embeds.clone()
    flat = image_mask.reshape(-1)
    at = (flat.cumsum(0) - 1).clamp(min=0)
    rows = image_embeds[at].reshape(text_embeds.shape)
    return torch.where(image_mask.unsqueeze(-1), rows, text_embeds)
