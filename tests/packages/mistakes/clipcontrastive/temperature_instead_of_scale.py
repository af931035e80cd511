# told: scale_divides.py
import torch
from torch import nn


def clip_loss(image, text, logit_scale):
    u = image / torch.linalg.vector_norm(image, dim=1, keepdim=True)
    v = text / torch.linalg.vector_norm(text, dim=1, keepdim=True)
    similarity = torch.einsum("nd,md->nm", u, v) * torch.exp(-logit_scale)
    target = torch.arange(similarity.shape[0], device=similarity.device)
    loss = nn.CrossEntropyLoss()
    return 0.5 * loss(similarity, target) + 0.5 * loss(similarity.t(), target)
