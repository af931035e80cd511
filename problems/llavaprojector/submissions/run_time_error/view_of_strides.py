import torch.nn as nn
import torch.nn.functional as F


class Projector(nn.Module):
    def __init__(self, vision_dim, text_dim):
        super().__init__()
        self.fc1 = nn.Linear(vision_dim, text_dim)
        self.fc2 = nn.Linear(text_dim, text_dim)

    def forward(self, x):
        return F.linear(F.gelu(F.linear(x, self.fc1.weight, self.fc1.bias)), self.fc2.weight, self.fc2.bias)


def splice(text_embeds, image_embeds, image_mask):
    flat = text_embeds.view(-1, text_embeds.shape[-1])
    where = image_mask.view(-1).nonzero().squeeze(1)
    return flat.index_copy(0, where, image_embeds).view_as(text_embeds)
