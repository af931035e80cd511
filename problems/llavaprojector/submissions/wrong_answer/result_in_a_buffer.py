import torch
import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)
        self.result = None

    def forward(self, x):
        result = self.fc2(F.gelu(self.fc1(x)))
        if self.result is None or self.result.shape != result.shape:
            self.result = torch.empty_like(result)
        self.result = self.result.detach().copy_(result)
        return self.result


def splice(text_embeds, image_embeds, image_mask):
    out = text_embeds.clone()
    out[image_mask] = image_embeds
    return out
