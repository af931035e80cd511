import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = image / image.square().sum(-1, keepdim=True)
    text = text / text.square().sum(-1, keepdim=True)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    rows = F.cross_entropy(logits, labels)
    columns = F.cross_entropy(logits.T, labels)
    return (rows + columns) / 2
