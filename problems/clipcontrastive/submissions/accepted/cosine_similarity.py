import torch
from torch import nn


def clip_loss(image, text, logit_scale):
    cosine = nn.functional.cosine_similarity(image.unsqueeze(1), text.unsqueeze(0), dim=-1)
    logits = cosine * torch.exp(logit_scale)
    target = torch.eye(image.shape[0], dtype=image.dtype, device=image.device)
    loss = nn.CrossEntropyLoss()
    return (loss(logits, target) + loss(logits.transpose(0, 1), target)) / 2
