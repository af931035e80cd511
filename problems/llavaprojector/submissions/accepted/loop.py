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
    rows, m = [], 0
    for i in range(text_embeds.shape[0]):
        row = []
        for j in range(text_embeds.shape[1]):
            if image_mask[i, j]:
                row.append(image_embeds[m])
                m += 1
            else:
                row.append(text_embeds[i, j])
        rows.append(torch.stack(row))
    return torch.stack(rows)
