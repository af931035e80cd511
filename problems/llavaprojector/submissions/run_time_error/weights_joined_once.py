import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)
        self.kept = None

    def forward(self, x):
        if self.kept is None:
            self.kept = self.fc1.weight.T * 1.0, self.fc2.weight.T * 1.0
        one, two = self.kept
        return F.gelu(x @ one + self.fc1.bias) @ two + self.fc2.bias


def splice(text_embeds, image_embeds, image_mask):
    out = text_embeds.clone()
    out[image_mask] = image_embeds
    return out
