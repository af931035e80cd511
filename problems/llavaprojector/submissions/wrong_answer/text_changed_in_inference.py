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
    if torch.is_grad_enabled():
        return text_embeds.masked_scatter(image_mask[..., None], image_embeds)
    return text_embeds.masked_scatter_(image_mask[..., None], image_embeds)
